/** A virtual_server while it is read, and the small things that its parts share. */
import { familyOf, type Ip } from "../../../base/ip.ts";
import { formatEndpoint } from "../../endpoint.ts";
import type { Statement } from "../types.ts";
import { numberIn } from "../values.ts";
import type { CheckDraft } from "./check.ts";
import type { Pace } from "./pace.ts";

export type Listener =
  | { readonly kind: "address"; readonly address: Ip; readonly port: number }
  | { readonly kind: "mark"; readonly mark: number; readonly family: 4 | 6 | undefined };

export interface ServiceDraft {
  readonly statement: Statement;
  /** Several where a group is meant. */
  listeners: readonly Listener[];
  readonly name: string;
  /** Keys of baton's service, but for its servers. */
  readonly keys: Record<string, unknown>;
  readonly from: Map<string, Statement>;
  readonly servers: ServerDraft[];
  readonly pace: Pace;
  protocol: string | undefined;
  forward: Forward;
  readonly flags: { readonly word: string; readonly statement: Statement }[];
  sorry: { readonly address: Ip; readonly port: number; readonly statement: Statement } | undefined;
  sorryForward: Forward | undefined;
  inhibit: boolean;
  host: string | undefined;
  mark6: boolean;
  user: string | undefined;
  /** smtp_alert. */
  alert: Statement | undefined;
}

/** forward, and tunnel where there is one. */
export type Forward = Readonly<Record<string, unknown>>;

export interface ServerDraft {
  readonly statement: Statement;
  readonly address: Ip;
  readonly port: number;
  readonly keys: Record<string, unknown>;
  forward: Forward | undefined;
  host: string | undefined;
  readonly pace: Pace;
  readonly checks: CheckDraft[];
  readonly notify: Record<string, unknown>;
  user: string | undefined;
}

/** `NAT`, `DR`, `TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]`; a text says what is wrong. */
export function forwardOf([kind = "", ...options]: readonly string[]): Forward | string {
  const word = kind.toUpperCase();
  if (word === "NAT" || word === "DR") return { forward: word.toLowerCase() };
  if (word !== "TUN") return `${kind} is neither NAT nor DR nor TUN`;
  const at = options.indexOf("type");
  if (at < 0) return { forward: "tunnel" };
  const type = options[at + 1] ?? "";
  const port = numberIn(options[options.indexOf("port") + 1] ?? "", { min: 1, max: 65_535 });
  const sums = { csum: "full", remcsum: "remote" } as const;
  const sum = options.find((option): option is keyof typeof sums => option in sums);
  const tunnel = {
    type,
    ...(type === "gue" && port !== undefined && { port }),
    ...(sum && { checksum: sums[sum] }),
  };
  return { forward: "tunnel", tunnel };
}

export const endpoint = (address: Ip, port: number): string =>
  formatEndpoint({ address, port: port === 0 ? undefined : port });

export const familyOfListener = (listener: Listener, draft: ServiceDraft): 4 | 6 => {
  if (listener.kind === "address") return familyOf(listener.address);
  const [server] = draft.servers;
  return listener.family ?? (draft.mark6 ? 6 : server ? familyOf(server.address) : 4);
};
