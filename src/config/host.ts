/** A configuration against the host that is to run it: who it is, and what stands in the way. */
import type { Ip } from "../base/ip.ts";
import { checkFiles } from "./host/files.ts";
import { checkIdentity } from "./host/identity.ts";
import { checkInterfaces } from "./host/interfaces.ts";
import { checkPrograms } from "./host/programs.ts";
import { checkReadiness } from "./host/readiness.ts";
import { checkVipsOnHost } from "./host/vips.ts";
import type { Problem } from "./report.ts";
import type { Config } from "./types.ts";

export interface HostLink {
  readonly name: string;
  /** IFF_UP: somebody switched it on. */
  readonly up: boolean;
  /** IFF_RUNNING: it has a carrier. */
  readonly running: boolean;
  readonly loopback: boolean;
  /** `vlan`, `macvlan`, …; undefined for hardware. */
  readonly kind: string | undefined;
  readonly mac: string | undefined;
}

export interface HostAddress {
  readonly interface: string;
  /** IFA_LABEL, `eth0:0` for an alias; the interface's name where it is none. */
  readonly label: string;
  readonly address: Ip;
  readonly prefix: number;
}

/** The secret file as stat(2) sees it. */
export type SecretFile =
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable" }
  | {
      readonly kind: "present";
      readonly mode: number;
      readonly size: number;
      /** Why its text holds no keys, in words. */
      readonly problem?: string | undefined;
    };

/** A program, or a file with a password. */
export type FoundFile =
  | { readonly kind: "missing" }
  | {
      readonly kind: "present";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly executable: boolean;
      /** The first part of its path that others than root may write. */
      readonly exposed: string | undefined;
    };

export type FoundUser =
  | { readonly kind: "found"; readonly uid: number; readonly gid: number }
  | { readonly kind: "missing"; readonly why: string };

/** What was found on a host; whoever reads it must not have changed anything for it. */
export interface HostFacts {
  readonly links: readonly HostLink[];
  readonly addresses: readonly HostAddress[];
  readonly hostname: string;
  readonly uid: number;
  readonly capabilities: {
    readonly netAdmin: boolean;
    readonly netRaw: boolean;
    /** CAP_SETUID, CAP_SETGID and CAP_KILL: to run programs as others, and to end them. */
    readonly setUser: boolean;
  };
  /** Whether the kernel has IPVS, or could load it; undefined where nobody could tell. */
  readonly ipvs: boolean | undefined;
  /** Undefined where the configuration names none. */
  readonly secretFile: SecretFile | undefined;
  /** By path, those that `filesOf` names. */
  readonly files: Readonly<Record<string, FoundFile>>;
  /** By name, those that `usersOf` names. */
  readonly users: Readonly<Record<string, FoundUser>>;
  /** Somebody else holds the heartbeat's port; undefined where nobody tried. */
  readonly portBusy: boolean | undefined;
  /** `--as NAME`. */
  readonly as: string | undefined;
}

export interface HostVerdict {
  /** The director that this host is. */
  readonly self: string | undefined;
  /** Without positions: `locateProblems` finds them. */
  readonly problems: readonly Problem[];
}

export function checkHost(config: Config, facts: HostFacts): HostVerdict {
  const { self, problems } = checkIdentity(config, facts);
  return {
    self: self?.name,
    problems: [
      ...problems,
      ...checkInterfaces(config, facts, self),
      ...checkVipsOnHost(config, facts, self),
      ...checkReadiness(config, facts),
      ...checkFiles(config, facts),
      ...checkPrograms(config, facts),
    ],
  };
}
