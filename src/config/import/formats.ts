/** The formats that are read, and how a file is told to be one of them. */

import type { Hints, Self } from "./directors.ts";
import type { Format } from "./format-names.ts";
import { hintsOfKeepalived } from "./keepalived/hints.ts";
import { mapKeepalived } from "./keepalived/map.ts";
import { readKeepalived } from "./keepalived/tree.ts";
import type { Ledger } from "./ledger.ts";
import type { Sheet } from "./sheet.ts";
import type { Files, Source } from "./types.ts";

export interface Reader {
  /** `id` is the host that `@id` lines ask for. */
  readonly read: (file: string, id: string, files: Files) => Source;
  readonly hints: (source: Source) => Hints;
  readonly map: (source: Source, self: Self, ledger: Ledger, all: readonly Self[]) => Sheet;
}

export const READERS: Readonly<Record<Format, Reader>> = {
  "keepalived.conf": { read: readKeepalived, hints: hintsOfKeepalived, map: mapKeepalived },
};

export function formatOf(_text: string): Format {
  return "keepalived.conf";
}
