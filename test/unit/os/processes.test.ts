/** Which processes a pattern means: by the kernel's name, by the words of a command line. */
import { expect, test } from "vitest";
import { countProcesses, isCommand } from "../../../src/os/processes.ts";

const words = ["/usr/sbin/named", "-u", "bind"];

test.each([
  ["exact", "/usr/sbin/named -u bind", true],
  ["exact", "/usr/sbin/named -u", false],
  ["exact", "/usr/sbin/named -u bind -4", false],
  ["partial", "/usr/sbin/named -u", true],
  ["partial", "/usr/sbin/named -u bi", false],
  ["initial", "/usr/sbin/named -u bi", true],
  ["initial", "/usr/sbin/named -x", false],
  ["initial", "/usr/sbin/na", true],
] as const)("%s %s: %s", (match, wanted, found) => {
  expect(isCommand(words, { kind: "command", words: wanted.split(" "), match })).toBe(found);
});

test("this process is found once, by its own command line", async () => {
  const own = [process.argv0, ...process.execArgv];
  const pattern = { kind: "command", words: own, match: "initial" } as const;
  expect(await countProcesses(pattern, 1)).toBe(1);
  expect(await countProcesses({ ...pattern, words: [...own, "no such word"] }, 1)).toBe(0);
});
