/** Clock, disk and firewall as the system's own programs tell of them. */
import { readFile, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { outputOf } from "../../os/output.ts";
import {
  type ClockFact,
  type Firewall,
  type Looked,
  type SpaceFact,
  seen,
  unseen,
} from "../facts.ts";
import { NO_RULES, parseRuleset } from "../firewall/ruleset.ts";

const PROGRAM_LIMIT_MS = 3000;

export async function readClock(): Promise<Looked<ClockFact>> {
  const systemd = ["timedatectl", "show", "--property=NTPSynchronized", "--value"];
  const told = await outputOf(systemd, PROGRAM_LIMIT_MS);
  const word = told.kind === "printed" ? told.text.trim() : "";
  if (word === "yes") return seen({ synchronised: true, by: "timedatectl" });
  const chrony = await outputOf(["chronyc", "-n", "tracking"], PROGRAM_LIMIT_MS);
  if (chrony.kind === "printed") {
    const synchronised = /^Leap status\s*:\s*(?!Not)/m.test(chrony.text);
    return seen({ synchronised, by: "chronyc" });
  }
  if (word === "no") return seen({ synchronised: false, by: "timedatectl" });
  return unseen("neither timedatectl nor chronyc answers");
}

export async function readSpaces(paths: readonly string[]): Promise<readonly SpaceFact[]> {
  return (await Promise.all(paths.map(readSpace))).flat();
}

/** Of the nearest folder above that exists. */
async function readSpace(path: string): Promise<readonly SpaceFact[]> {
  let folder = path;
  while (folder !== "/" && (await stat(folder).catch(() => undefined)) === undefined) {
    folder = dirname(folder);
  }
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined) return [];
  const freeFiles = found.files === 0 ? undefined : found.ffree;
  return [{ path, freeBytes: found.bavail * found.bsize, freeFiles }];
}

export async function readFirewall(): Promise<Firewall> {
  const names = await Promise.all(
    ["ip", "ip6"].map((one) => readFile(`/proc/net/${one}_tables_names`, "utf8").catch(() => "")),
  );
  const legacyTables = [...new Set(names.join("\n").split("\n").filter(Boolean))];
  return { nft: await readNft(), legacyTables };
}

async function readNft(): Promise<Firewall["nft"]> {
  const printed = await outputOf(["nft", "-j", "list", "ruleset"], PROGRAM_LIMIT_MS);
  if (printed.kind === "missing") return unseen("nft is not installed");
  if (printed.kind === "failed") return unseen(printed.why);
  const rules = printed.text.trim() === "" ? NO_RULES : parseRuleset(printed.text);
  return rules === undefined ? unseen("nft printed something else than its JSON") : seen(rules);
}
