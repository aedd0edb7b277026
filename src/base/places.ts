/** Where the files of a director are; `root` lets many directors live on one host (tests, the lab). */
export interface Places {
  readonly config: string;
  /** Gone after a boot. */
  readonly run: string;
  readonly socket: string;
  readonly lock: string;
  /** Locked while the daemon serves: the guard waits for it. */
  readonly alive: string;
  /** What the guard takes off when the daemon dies, and when. */
  readonly guard: string;
  readonly state: string;
  readonly beat: string;
  /** There while the unit's job is a restart: the service manager's word that this is no stop. */
  readonly restarting: string;
  /** Instances that were handed over for a restart, to be asked for again. */
  readonly returning: string;
  readonly configCache: string;
  /** Kept over boots. */
  readonly lib: string;
  readonly counter: string;
  readonly admin: string;
  /** Alerts that still wait to be told. */
  readonly alerts: string;
  /** The last configurations that ran. */
  readonly configs: string;
  /** What was decided, and why. */
  readonly journal: string;
  /** What led to each change of a role, to be run again. */
  readonly recordings: string;
}

export function places(root = ""): Places {
  const run = `${root}/run/baton`;
  const lib = `${root}/var/lib/baton`;
  return {
    config: `${root}/etc/baton/baton.yaml`,
    run,
    socket: `${run}/control.sock`,
    lock: `${run}/owner.lock`,
    alive: `${run}/alive.lock`,
    guard: `${run}/guard`,
    state: `${run}/state.json`,
    beat: `${run}/beat`,
    restarting: `${run}/restarting`,
    returning: `${run}/returning.json`,
    configCache: `${run}/config.json`,
    lib,
    counter: `${lib}/counter`,
    admin: `${lib}/admin.json`,
    alerts: `${lib}/alerts.json`,
    configs: `${lib}/configs`,
    journal: `${lib}/journal`,
    recordings: `${lib}/journal/recordings`,
  };
}
