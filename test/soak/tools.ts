/** The two programs that are put to the test: how each is installed, and when it has settled. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Guest } from "../hosts/guest.ts";
import {
  configureBaton,
  DIRECTORS,
  type DirectorName,
  INTERVAL,
  other,
  type Pair,
  SERVICE_PORT,
  VIP,
} from "../hosts/pair.ts";

export interface Tool {
  readonly name: "baton" | "keepalived";
  /** Its configuration. */
  readonly file: string;
  /** Packages that are installed from, by apt: the first one, and the one of an upgrade. */
  readonly packages: readonly [string, string];
  /** A package that is in the hosts' image, with what the packages need. */
  readonly extra: string | undefined;
  /** Puts its configuration onto the disk of a host that is switched off. */
  readonly configure: (guest: Guest, name: DirectorName) => void;
  /** Who serves, once one does and the other stands by. */
  settled(pair: Pair): Promise<DirectorName | undefined>;
  /** The backup could take over without a loss. */
  fit(pair: Pair, backup: DirectorName): Promise<void>;
}

/** Where a package lies on the hosts' disks. */
export const placeOf = (file: string): string => `/var/tmp/${basename(file)}`;

/** Puts the configuration and the packages onto a new disk. */
export function furnish(tool: Tool, guest: Guest, name: DirectorName): void {
  tool.configure(guest, name);
  for (const file of new Set(tool.packages)) guest.install(placeOf(file), readFileSync(file));
}

/** Which hosts have the VIP while their daemon runs, and which run. */
async function look(pair: Pair, unit: string): Promise<readonly [DirectorName[], boolean]> {
  const script = `ip -o addr show to ${VIP}/32; systemctl is-active -q ${unit} && echo runs`;
  const told = await Promise.all(DIRECTORS.map((name) => pair.host(name).exec(script)));
  const owners = DIRECTORS.filter((_, i) => told[i]?.stdout.includes(VIP));
  return [owners, told.every(({ stdout }) => stdout.includes("runs"))];
}

const statusOf = async (guest: Guest): Promise<string> =>
  (await guest.exec("systemctl show baton --value -p StatusText")).stdout.trim();

export const batonTool = (packages: readonly [string, string]): Tool => ({
  name: "baton",
  file: "/etc/baton/baton.yaml",
  packages,
  extra: undefined,
  configure: configureBaton,
  settled: async (pair) => {
    const [[owner, second], running] = await look(pair, "baton");
    if (!owner || second || !running) return undefined;
    const roles = await Promise.all([owner, other(owner)].map((name) => statusOf(pair.host(name))));
    return roles.join() === "web master,web backup" ? owner : undefined;
  },
  fit: (pair, backup) => pair.fit(backup),
});

const PRIORITY = { lb1: 150, lb2: 100 } as const;

/** What baton's file says, in keepalived's words: the same interval, and nobody preempts. */
const keepalivedConfig = (name: DirectorName): string => `global_defs {
  router_id ${name}
  lvs_sync_daemon eth1 web id 51
}
vrrp_instance web {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${PRIORITY[name]}
  advert_int ${INTERVAL / 1000}
  nopreempt
  virtual_ipaddress {
    ${VIP}/32 dev eth0
  }
}
virtual_server ${VIP} ${SERVICE_PORT} {
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server 192.168.60.136 ${SERVICE_PORT} {
    weight 1
  }
}
`;

/** The same package twice: an upgrade is an installation again. */
export const keepalivedTool = (file: string): Tool => ({
  name: "keepalived",
  file: "/etc/keepalived/keepalived.conf",
  packages: [file, file],
  extra: "keepalived",
  configure: (guest, name) => {
    guest.install("etc/keepalived/keepalived.conf", keepalivedConfig(name));
  },
  settled: async (pair) => {
    const [[owner, second], running] = await look(pair, "keepalived");
    return owner && !second && running ? owner : undefined;
  },
  fit: async () => undefined,
});
