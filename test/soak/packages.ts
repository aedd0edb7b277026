/** Where the packages come from that the hosts install. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makePackage } from "../../.ci/deb/make.mjs";
import { must } from "../support/process.ts";
import { batonTool, keepalivedTool, type Tool } from "./tools.ts";

const DOWNLOAD_LIMIT = 180_000;

/** A folder that goes with this process. */
function passing(): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-soak-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As this host's mirror has it; the upgrade installs it again. */
export async function makeKeepalived(): Promise<Tool> {
  const folder = passing();
  await must(["apt-get", "download", "-q", "keepalived"], { cwd: folder, timeout: DOWNLOAD_LIMIT });
  return keepalivedTool(join(folder, readdirSync(folder)[0] ?? "no package"));
}

export async function makeBaton(
  folder: string | undefined,
  say: (text: string) => void,
): Promise<Tool> {
  const out = folder === undefined ? passing() : resolve(folder);
  mkdirSync(out, { recursive: true });
  const there = readdirSync(out).filter((name) => /^baton_.*\.deb$/.test(name));
  const [first, next] = there.sort().map((name) => join(out, name));
  if (first !== undefined) return batonTool([first, next ?? first]);
  say("two packages are made, with Node inside: Debian 12 has an older one");
  const make = (version: string): Promise<string> => makePackage({ runtime: true, out, version });
  return batonTool([await make("0.0.1"), await make("0.0.2")]);
}
