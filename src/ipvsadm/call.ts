/** What a command line asks for, once it is found to be right. */
import type { ServiceKey } from "../base/service.ts";
import type { IpvsCommand } from "../wire/ipvs/types.ts";
import type { Slot } from "./options.ts";

export interface Listing {
  readonly shows: readonly Slot[];
  readonly service: ServiceKey | undefined;
}

export type Call =
  | { readonly kind: "change"; readonly command: IpvsCommand }
  | { readonly kind: "list"; readonly listing: Listing }
  | { readonly kind: "save"; readonly numeric: boolean }
  | { readonly kind: "restore" }
  | { readonly kind: "help" }
  | { readonly kind: "version" };
