/** Programs that a configuration names: whether they can run, as whom, and who may change them. */
import type { HostFacts } from "../host.ts";
import { error, type Place, type Problem, warning } from "../report.ts";
import type { Config, Notify } from "../types.ts";

interface Program {
  readonly path: string;
  /** As in `Notify`. */
  readonly user: string | undefined;
  readonly place: Place;
}

const NOTIFIED = ["any", "master", "backup", "fault", "stop"] as const;

export function programsOf(config: Config): readonly Program[] {
  const { instances, groups, tracks, alerts } = config;
  const notified = [...toldOf("instances", instances), ...toldOf("groups", groups)];
  const scripts = tracks.flatMap(({ name, subject }) =>
    subject.kind === "script"
      ? [{ words: subject.command, user: subject.user, place: ["tracks", name, "script"] }]
      : [],
  );
  const told = alerts.flatMap(({ name, sink }) =>
    sink.kind === "exec"
      ? [{ words: sink.command, user: sink.user, place: ["alerts", name, "exec"] }]
      : [],
  );
  const read = (["notifyFifoScript", "serviceFifoScript"] as const).flatMap((key) => {
    const reader = config[key];
    return reader ? [{ words: reader.command, user: reader.user, place: [key, "command"] }] : [];
  });
  return [...notified, ...read, ...told, ...scripts, ...checksOf(config)].flatMap(
    ({ words: [path], user, place }) =>
      path?.startsWith("/") === true ? [{ path, user, place }] : [],
  );
}

const toldOf = (
  key: string,
  named: readonly { readonly name: string; readonly notify: Notify }[],
): readonly Called[] =>
  named.flatMap(({ name, notify }) =>
    NOTIFIED.map((state) => ({
      words: notify[state],
      user: notify.user,
      place: [key, name, "notify", state],
    })),
  );

interface Called {
  readonly words: readonly string[];
  readonly user: string | undefined;
  readonly place: Place;
}

/** Of a service's servers, and of its quorum. */
function checksOf({ services, probes }: Config): readonly Called[] {
  return services.flatMap(({ name, checks, health, own }): readonly Called[] => {
    const place = ["services", name];
    // Which of the service's checks it is, is not known any more.
    const called = [...place, "check", "command"];
    const asked = [...new Set(checks.flat().map(({ probe }) => probe))].flatMap((at) => {
      const action = probes[at]?.action;
      return action?.kind === "exec"
        ? [{ words: action.command, user: action.user, place: called }]
        : [];
    });
    const { up, down, user } = health.onQuorum;
    return [
      ...asked,
      ...own.flatMap(({ notify }, i) =>
        (["up", "down"] as const).map((state) => ({
          words: notify[state],
          user: notify.user,
          place: [...place, "servers", i, "notify", state],
        })),
      ),
      { words: up, user, place: [...place, "onQuorum", "up"] },
      { words: down, user, place: [...place, "onQuorum", "down"] },
    ];
  });
}

/** Everybody that programs run as, where the file says it. */
export const usersOf = (config: Config): readonly string[] => [
  ...new Set(programsOf(config).flatMap(({ user }) => (user === undefined ? [] : [user]))),
];

export const checkPrograms = (config: Config, facts: HostFacts): Problem[] =>
  programsOf(config).flatMap((program) => [
    ...strangers(program, facts),
    ...runnable(program, facts),
    ...exposed(program, facts),
  ]);

function strangers({ user, place }: Program, { users, uid, capabilities }: HostFacts): Problem[] {
  const found = user === undefined ? undefined : users[user];
  const at = [...place.slice(0, -1), "user"];
  if (found?.kind === "missing") {
    const remedy = "Write one that this host has, or make it: useradd --system NAME.";
    return [error(at, `${found.why} on this host`, { remedy })];
  }
  if (found === undefined || found.uid === uid || capabilities.setUser) return [];
  const message = `to run programs as ${user} takes CAP_SETUID, CAP_SETGID and CAP_KILL`;
  const remedy = "Run as root that has them (the systemd unit does), or leave the user out.";
  return [error(at, message, { code: "BATON_ROOT", remedy })];
}

/** Not an error: a hook that can not run must not keep a director from serving. */
function runnable({ path, user, place }: Program, { files, users }: HostFacts): Problem[] {
  const found = files[path];
  if (found?.kind === "missing") return [warning(place, `${path} does not exist`)];
  if (found?.kind !== "present") return [];
  const remedy = `chmod +x ${path}`;
  if (!found.executable) return [warning(place, `${path} can not be run`, { remedy })];
  const who = user === undefined ? undefined : users[user];
  if (who?.kind !== "found" || who.uid === 0) return [];
  const shift = who.uid === found.uid ? 6 : who.gid === found.gid ? 3 : 0;
  if (((found.mode >> shift) & 1) === 1) return [];
  return [warning(place, `${path} can not be run by ${user}`, { remedy })];
}

/** keepalived's enable_script_security: who may write it is root through it. */
function exposed({ path, user, place }: Program, { files, users, uid }: HostFacts): Problem[] {
  const found = files[path];
  const who = user === undefined ? { kind: "found", uid } : users[user];
  const asRoot = who?.kind === "found" && who.uid === 0;
  if (!asRoot || found?.kind !== "present" || found.exposed === undefined) return [];
  const message = `${path} runs as root, and others than root may write ${found.exposed}`;
  const remedy = "Let root alone write it (chown root, chmod go-w), or name a user beside it.";
  return [warning(place, message, { remedy })];
}
