/** What this host is and has, for judging a configuration: read, and nothing is changed for it. */
import { createSocket } from "node:dgram";
import { access, constants, readFile, stat } from "node:fs/promises";
import { hostname, release } from "node:os";
import { messageOf } from "../base/errors.ts";
import { familyOf, type Ip } from "../base/ip.ts";
import { hasCapability, missingCapabilities } from "./capabilities.ts";
import { parseSecrets } from "./hmac.ts";
import { type FoundFile, lookAtFile } from "./look-at-file.ts";
import { openRtnl, type Rtnl } from "./rtnl.ts";
import { type FoundUser, findUser } from "./users.ts";

export interface HostQuestions {
  /** `--as NAME`, passed on. */
  readonly as: string | undefined;
  readonly secretFile: string | undefined;
  /** Files to look at, by their paths. */
  readonly files: readonly string[];
  /** `USER` or `USER:GROUP`. */
  readonly users: readonly string[];
  /** Whether the port is free on those of the addresses that are on this host; undefined: not asked. */
  readonly port: { readonly number: number; readonly addresses: readonly Ip[] } | undefined;
}

/** Structurally the HostFacts of the configuration's host check. */
export interface FoundHost {
  readonly links: readonly {
    readonly name: string;
    readonly up: boolean;
    readonly running: boolean;
    readonly loopback: boolean;
    readonly kind: string | undefined;
    readonly mac: string | undefined;
  }[];
  readonly addresses: readonly {
    readonly interface: string;
    readonly label: string;
    readonly address: Ip;
    readonly prefix: number;
  }[];
  readonly hostname: string;
  readonly uid: number;
  readonly capabilities: {
    readonly netAdmin: boolean;
    readonly netRaw: boolean;
    readonly setUser: boolean;
  };
  readonly ipvs: boolean | undefined;
  readonly secretFile: FoundSecret | undefined;
  readonly files: Readonly<Record<string, FoundFile>>;
  readonly users: Readonly<Record<string, FoundUser>>;
  readonly portBusy: boolean | undefined;
  readonly as: string | undefined;
}

export type FoundSecret =
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable" }
  | {
      readonly kind: "present";
      readonly mode: number;
      readonly size: number;
      readonly problem: string | undefined;
    };

export async function readHostFacts(questions: HostQuestions): Promise<FoundHost> {
  const rtnl = openRtnl();
  try {
    return await gather(rtnl, questions);
  } finally {
    rtnl.close();
  }
}

async function gather(rtnl: Rtnl, questions: HostQuestions): Promise<FoundHost> {
  const links = await rtnl.links();
  const addresses = await rtnl.addresses();
  const { as, secretFile, files, users, port } = questions;
  const own = new Set(addresses.map(({ address }) => address));
  return {
    links: links.map(({ name, up, running, loopback, kind, mac }) => ({
      name,
      up,
      running,
      loopback,
      kind,
      mac,
    })),
    addresses: addresses.map(({ interface: link, label, address, prefix }) => ({
      interface: link,
      // IPv6 addresses have no labels.
      label: label ?? link,
      address,
      prefix,
    })),
    hostname: hostname(),
    uid: process.getuid?.() ?? 0,
    capabilities: {
      netAdmin: hasCapability("CAP_NET_ADMIN"),
      netRaw: hasCapability("CAP_NET_RAW"),
      setUser: missingCapabilities(["CAP_SETUID", "CAP_SETGID", "CAP_KILL"]).length === 0,
    },
    ipvs: await hasIpvs(),
    secretFile: secretFile === undefined ? undefined : await lookAtSecret(secretFile),
    files: await byName(files, lookAtFile),
    users: await byName(users, (user) => findUser(user)),
    portBusy:
      port &&
      (await isAnyBusy(
        port.number,
        port.addresses.filter((ip) => own.has(ip)),
      )),
    as,
  };
}

const byName = async <T>(
  names: readonly string[],
  find: (name: string) => Promise<T>,
): Promise<Readonly<Record<string, T>>> =>
  Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await find(name)] as const)),
  );

/** There where the module is loaded (ip_vs_app.c and others make it in each network namespace). */
const LOADED = "/proc/net/ip_vs";

/** Asking the kernel itself would make it load the module. */
export const isIpvsLoaded = (): Promise<boolean> => exists(LOADED);

/**
 * Whether IPVS is loaded, built in, or among the modules of this kernel. Without a folder of
 * modules, as in a container, nobody can tell: the host's modprobe may have it.
 */
export async function hasIpvs(
  folder: string = `/lib/modules/${release()}`,
): Promise<boolean | undefined> {
  if (await isIpvsLoaded()) return true;
  const lists = await Promise.all(
    ["modules.dep", "modules.builtin"].map((name) =>
      readFile(`${folder}/${name}`, "utf8").catch(() => undefined),
    ),
  );
  if (lists.every((list) => list === undefined)) return undefined;
  return lists.some((list) => list !== undefined && /(^|\/)ip_vs\.ko/m.test(list));
}

async function lookAtSecret(path: string): Promise<FoundSecret> {
  try {
    const { mode, size } = await stat(path);
    await access(path, constants.R_OK);
    return { kind: "present", mode, size, problem: await problemOfSecrets(path) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return { kind: code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unreadable" };
  }
}

/** In the words that `baton run` would use; undefined where the keys can be used. */
async function problemOfSecrets(path: string): Promise<string | undefined> {
  try {
    parseSecrets(await readFile(path, "utf8"), path);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Undefined where there was nothing to try, or where trying failed for another reason. */
async function isAnyBusy(port: number, addresses: readonly Ip[]): Promise<boolean | undefined> {
  const answers = await Promise.all(addresses.map((address) => isBusy(port, address)));
  if (answers.includes(true)) return true;
  return answers.includes(false) ? false : undefined;
}

/** Takes the port and gives it back: what is in use shows, whoever uses it. */
function isBusy(port: number, address: Ip): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(familyOf(address) === 4 ? "udp4" : "udp6");
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code === "EADDRINUSE" ? true : undefined);
    });
    socket.bind({ port, address, exclusive: true }, () => {
      socket.close();
      resolve(false);
    });
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
