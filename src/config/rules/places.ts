/** Where the parts of a resolved configuration stand in its file. */
import type { Place } from "../report.ts";
import type { Director } from "../types.ts";

export const directorPlace = (director: Director): Place => ["directors", director.name];

/** One path is nearly always written in its short form. */
export const pathPlace = (director: Director, index: number): Place =>
  director.paths.length === 1
    ? [...directorPlace(director), "address"]
    : [...directorPlace(director), "paths", index, "address"];

export const vipPlace = (instance: string, index: number): Place => [
  "instances",
  instance,
  "vips",
  index,
];

export const serverPlace = (
  service: string,
  index: number,
  list: "servers" | "fallback" = "servers",
): Place => ["services", service, list, index];
