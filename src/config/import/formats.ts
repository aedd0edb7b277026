/** The formats that are read, and how a file is told to be one of them. */

import type { Hints, Self } from "./directors.ts";
import type { Format } from "./format-names.ts";
import { hintsOfKeepalived } from "./keepalived/hints.ts";
import { mapKeepalived } from "./keepalived/map.ts";
import { readKeepalived } from "./keepalived/tree.ts";
import { hintsOfLdirectord, mapLdirectord } from "./ldirectord/map.ts";
import { readLdirectord } from "./ldirectord/tree.ts";
import type { Ledger } from "./ledger.ts";
import { hintsOfPiranha, mapPiranha } from "./piranha/map.ts";
import { readPiranha } from "./piranha/tree.ts";
import type { Sheet } from "./sheet.ts";
import type { Files, Source } from "./types.ts";

export interface Reader {
  /** `id` is the host that `@id` lines ask for. */
  readonly read: (file: string, id: string, files: Files) => Source;
  readonly hints: (source: Source, index: number) => Hints;
  readonly map: (source: Source, self: Self, ledger: Ledger, all: readonly Self[]) => Sheet;
}

export const READERS: Readonly<Record<Format, Reader>> = {
  "keepalived.conf": { read: readKeepalived, hints: hintsOfKeepalived, map: mapKeepalived },
  "lvs.cf": { read: readPiranha, hints: hintsOfPiranha, map: mapPiranha },
  "ldirectord.cf": { read: readLdirectord, hints: hintsOfLdirectord, map: mapLdirectord },
};

const PIRANHA =
  /^\s*((serial_no|primary|backup|backup_active|heartbeat_port|keepalive|deadtime|network)\s+=|(virtual|failover)\s+\S+\s+\{)/m;
const LDIRECTORD = /^(virtual6?|checktimeout|checkinterval|quiescent|autoreload)\s*=/m;

/** By lines that only one of them has. */
export function formatOf(text: string): Format {
  if (LDIRECTORD.test(text)) return "ldirectord.cf";
  return PIRANHA.test(text) ? "lvs.cf" : "keepalived.conf";
}
