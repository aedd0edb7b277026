/** What befalls the host that serves, and what its operator does about it afterwards. */
import type { Guest } from "../hosts/guest.ts";
import { type DirectorName, INTERVAL, type Pair } from "../hosts/pair.ts";
import { placeOf, type Tool } from "./tools.ts";
import type { Expectation } from "./verdict.ts";

export interface Scene {
  readonly pair: Pair;
  readonly tool: Tool;
  readonly master: DirectorName;
  /** The one that serves. */
  readonly host: Guest;
}

export interface Fault {
  readonly name: string;
  act(scene: Scene): Promise<unknown>;
  /** Fails where the act did not do what it is called; none where the host is gone. */
  readonly proof?: (scene: Scene) => Promise<unknown>;
  /** Milliseconds from the act to the operator's hand. */
  readonly lasts: number;
  mend(scene: Scene): Promise<unknown>;
  readonly expects: Expectation;
}

/** What is done at once is seen at once. */
const MOMENT = 3000;
/** Long enough for silence to be noticed, the takeover, and a start in a slow guest. */
const WHILE = 6 * INTERVAL;
/** Three intervals, the phase, a skew, and as much again for a machine that is busy. */
const TAKEOVER = 5 * INTERVAL;
const BOOT = 90_000;
const APT_LIMIT = 120_000;
export const SAVED = "/var/tmp/as-it-was.conf";

const stays: Expectation = { role: "stays", gap: INTERVAL, connections: "kept" };
const handover: Expectation = { role: "moves", gap: INTERVAL, connections: "kept" };
const takeover: Expectation = { role: "moves", gap: TAKEOVER, connections: "kept" };
/** A daemon that is started again adopts or not, by when it died between two heartbeats. */
const crash: Expectation = { role: "either", gap: TAKEOVER, connections: "kept" };

type Script = (tool: Tool) => string;

/** Runs whatever its outcome: that a command is refused may be the very point. */
const shell =
  (script: Script) =>
  (scene: Scene): Promise<unknown> =>
    scene.host.exec(script(scene.tool), APT_LIMIT);

/** Its outcome is the answer. */
const shown =
  (script: Script) =>
  (scene: Scene): Promise<unknown> =>
    scene.host.must(script(scene.tool));

/** Not on the disk, which may be full when they are asked for. */
const NOTES = "/run/soak-before";
const PID = "systemctl show -p MainPID --value";
/** Of the wall clock, when this host was started: it moves where somebody sets the clock. */
const STARTED = "$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))";

/** What a proof compares with. */
export const noted: Script = ({ name }) => `mkdir -p ${NOTES}
  ${PID} ${name} >${NOTES}/pid
  dpkg-query -W -f '\${Version}' ${name} >${NOTES}/version
  echo ${STARTED} >${NOTES}/started`;

const another: Script = ({ name }) => `[ "$(${PID} ${name})" != "$(cat ${NOTES}/pid)" ]`;
const same: Script = ({ name }) => `[ "$(${PID} ${name})" = "$(cat ${NOTES}/pid)" ]`;
const stopped: Script = ({ name }) => `! systemctl is-active -q ${name}`;
/** What is installed anew starts anew, and is the other version where there are two. */
const upgraded: Script = (tool) => {
  const version = `dpkg-query -W -f '\${Version}' ${tool.name}`;
  const [first, next] = tool.packages;
  const differs = first === next ? "true" : `[ "$(${version})" != "$(cat ${NOTES}/version)" ]`;
  return `${another(tool)} && ${differs}`;
};
/** Frozen still, or ended by its watchdog. */
const frozen: Script = (tool) =>
  `${another(tool)} || grep -q '^State:.*stopped' /proc/$(cat ${NOTES}/pid)/status`;
const full: Script = () => "! dd if=/dev/zero of=/var/fill3 bs=1k count=64 2>/dev/null";
const clockMoved: Script = () =>
  `moved=$((${STARTED} - $(cat ${NOTES}/started))); [ "\${moved#-}" -gt 3500 ]`;
const both =
  (one: Script, two: Script): Script =>
  (tool) =>
    `${one(tool)} && ${two(tool)}`;

const start: Script = ({ name }) => `systemctl reset-failed ${name}; systemctl start ${name}`;
const nothing = async (): Promise<void> => undefined;
/** Read again as well: a refusal stays an alarm until a file has been taken. */
const restored: Script = ({ name, file }) =>
  `cat ${SAVED} >${file}; systemctl reset-failed ${name}; systemctl reload-or-restart ${name}`;

/** The other version than the one that is installed. */
const upgrade: Script = ({ name, packages: [first, next] }) => `
  export DEBIAN_FRONTEND=noninteractive
  has=$(dpkg-query -W -f '\${Version}' ${name})
  file=${placeOf(first)}
  [ "$has" = "$(dpkg-deb -f $file Version)" ] && file=${placeOf(next)}
  apt-get install -y -q --allow-downgrades --reinstall $file`;

const plugs: readonly Fault[] = [
  {
    name: "both boot at once",
    act: async ({ pair: { lb1, lb2 } }) => {
      await Promise.all([lb1.pullPlug(), lb2.pullPlug()]);
      await Promise.all([lb1.powerOn(), lb2.powerOn()]);
    },
    lasts: WHILE,
    mend: nothing,
    expects: { role: "either", gap: BOOT, connections: "either" },
  },
  {
    name: "reboot",
    act: ({ host }) => host.reboot(),
    lasts: MOMENT,
    mend: nothing,
    expects: handover,
  },
  {
    name: "plug pulled",
    act: ({ host }) => host.pullPlug(),
    lasts: WHILE,
    mend: ({ host }) => host.powerOn(),
    expects: takeover,
  },
];

const services: readonly Fault[] = [
  {
    name: "systemctl stop",
    act: shell(({ name }) => `systemctl stop ${name}`),
    proof: shown(stopped),
    lasts: WHILE,
    mend: shell(start),
    expects: handover,
  },
  {
    name: "systemctl restart",
    act: shell(({ name }) => `systemctl restart ${name}`),
    proof: shown(another),
    lasts: MOMENT,
    mend: nothing,
    expects: stays,
  },
  {
    name: "package upgrade",
    act: shell(upgrade),
    proof: shown(upgraded),
    lasts: MOMENT,
    mend: nothing,
    expects: stays,
  },
  {
    name: "kill -9",
    act: shell(({ name }) => `systemctl kill -s KILL ${name}`),
    proof: shown(another),
    lasts: WHILE,
    mend: shell(start),
    expects: crash,
  },
  {
    name: "freeze (SIGSTOP)",
    act: shell(({ name }) => `systemctl kill -s STOP ${name}`),
    proof: shown(frozen),
    lasts: WHILE,
    mend: shell((tool) => `systemctl kill -s CONT ${tool.name}; ${start(tool)}`),
    expects: crash,
  },
];

const FILL = "dd if=/dev/zero of=/var/fill bs=64k 2>/dev/null; dd if=/dev/zero of=/var/fill2 bs=1k";

const surroundings: readonly Fault[] = [
  {
    name: "ip link set eth0 down",
    act: shell(() => "ip link set eth0 down"),
    proof: shown(() => "! ip link show eth0 up | grep -q eth0"),
    lasts: WHILE,
    mend: shell(() => "ip link set eth0 up"),
    expects: takeover,
  },
  {
    name: "disk full",
    act: shell(() => FILL),
    proof: shown(both(full, same)),
    lasts: WHILE,
    mend: shell(() => "rm -f /var/fill /var/fill2"),
    expects: stays,
  },
  {
    name: "disk full, restart",
    act: shell(({ name }) => `${FILL}; systemctl restart ${name}`),
    proof: shown(both(full, another)),
    lasts: WHILE,
    mend: shell((tool) => `rm -f /var/fill /var/fill2; ${start(tool)}`),
    expects: crash,
  },
  {
    name: "clock an hour forward",
    act: shell(() => "date -s '+1 hour'"),
    proof: shown(clockMoved),
    lasts: WHILE,
    mend: shell(() => "date -s '-1 hour'"),
    expects: stays,
  },
  {
    name: "clock an hour back",
    act: shell(() => "date -s '-1 hour'"),
    proof: shown(clockMoved),
    lasts: WHILE,
    mend: shell(() => "date -s '+1 hour'"),
    expects: stays,
  },
];

const gone: Script = ({ file }) => `rm ${file}`;
const broken: Script = ({ file }) => `echo '}} nonsense: 1' >>${file}`;

const isGone: Script = ({ file }) => `[ ! -e ${file} ]`;
const isBroken: Script = ({ file }) => `grep -q nonsense ${file}`;

/** What an operator does to the file, then to the unit. */
const operator = (name: string, edit: Script, verb: string, expects: Expectation): Fault => ({
  name: `${name}, ${verb}`,
  act: shell((tool) => `${edit(tool)}; systemctl ${verb} ${tool.name}`),
  proof: shown(both(verb === "reload" ? same : another, edit === gone ? isGone : isBroken)),
  lasts: WHILE,
  mend: shell(restored),
  expects,
});

const files: readonly Fault[] = [
  operator("configuration removed", gone, "reload", stays),
  operator("configuration removed", gone, "restart", { ...crash, role: "moves" }),
  operator("configuration broken", broken, "reload", stays),
  operator("configuration broken", broken, "restart", { ...crash, role: "moves" }),
];

export const FAULTS: readonly Fault[] = [...plugs, ...services, ...surroundings, ...files];
