/** `baton status --watch` on a pseudo terminal: drawn in place, resized, and left as it was found. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../../../.ci/bundle.mjs";
import { places } from "../../../src/base/places.ts";
import { type ControlServer, serve } from "../../../src/control/server.ts";
import { handlersWith } from "../../support/handlers.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-terminal-"));
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const DRAWN = "\x1b[?2026h\x1b[H";
let server: ControlServer;

beforeAll(async () => {
  const baton = fileURLToPath(new URL("../../../src/bin/baton.ts", import.meta.url));
  await bundle({ entries: { baton }, outdir: folder, splitting: true });
  server = await serve(handlersWith({}), places(folder).socket);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** What the terminal has got so far; `stty` says at the end whether it is as it was. */
function onTerminal(): { child: ChildProcess; text: () => string; ended: Promise<unknown> } {
  const words = "baton.js --root . status --watch --interval 100ms";
  const run = `echo $$ > pid; exec ${process.execPath} ${words}`;
  const inside = `stty cols 60 rows 12; tty > tty; sh -c '${run}'; echo "code $?"; stty -a`;
  const child = spawn("script", ["-qfec", inside, "/dev/null"], { cwd: folder });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  return { child, text: () => text, ended };
}

const pictures = (text: string): readonly string[] => text.split(DRAWN).slice(1);
const until = (condition: () => boolean): Promise<void> =>
  expect.poll(condition, { timeout: 5000, interval: 10 }).toBe(true);
/** Characters of each line, without what only paints or moves. */
const widths = (picture: string): readonly number[] =>
  // oxlint-disable-next-line no-control-regex
  picture.split(/\r+\n/).map((line) => line.replaceAll(/\x1b\[[?\d]*[a-zA-Z]/g, "").length);

test("drawn in place, wider after a resize, gone after a q", async () => {
  const { child, text, ended } = onTerminal();
  await until(() => pictures(text()).length > 1);
  expect(text().split(ENTER)).toHaveLength(2);
  const narrow = pictures(text())[0] ?? "";
  expect(Math.max(...widths(narrow))).toBeLessThanOrEqual(60);
  expect(widths(narrow)).toHaveLength(12);
  expect(text()).not.toContain("\x1b[2J");

  const tty = readFileSync(join(folder, "tty"), "utf8").trim();
  execFileSync("stty", ["-F", tty, "cols", "110", "rows", "30"]);
  await until(() => Math.max(...widths(pictures(text()).at(-1) ?? "")) > 60);

  child.stdin?.write("q");
  await ended;
  const [, after = ""] = text().split(LEAVE);
  expect(after).toContain("code 0");
  expect(after).toMatch(/ icanon .* echo /s);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s leaves the terminal as it was", async (signal) => {
  const { text, ended } = onTerminal();
  await until(() => pictures(text()).length > 0);
  process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), signal);
  await ended;
  expect(text().split(LEAVE)[1]).toMatch(/code 0.* icanon .* echo /s);
});
