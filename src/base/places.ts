/** Where the files of a director are; `root` lets many directors live on one host (tests, the lab). */
export interface Places {
  readonly config: string;
  /** Gone after a boot. */
  readonly run: string;
  readonly socket: string;
  readonly lock: string;
  readonly state: string;
  readonly beat: string;
  readonly configCache: string;
  /** Kept over boots. */
  readonly lib: string;
  readonly counter: string;
  readonly admin: string;
}

export function places(root = ""): Places {
  const run = `${root}/run/baton`;
  const lib = `${root}/var/lib/baton`;
  return {
    config: `${root}/etc/baton/baton.yaml`,
    run,
    socket: `${run}/control.sock`,
    lock: `${run}/owner.lock`,
    state: `${run}/state.json`,
    beat: `${run}/beat`,
    configCache: `${run}/config.json`,
    lib,
    counter: `${lib}/counter`,
    admin: `${lib}/admin.json`,
  };
}
