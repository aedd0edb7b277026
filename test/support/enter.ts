/** Takes this whole process into a host's network namespace: what it opens then is the host's. */
import { closeSync, openSync } from "node:fs";
import koffi from "koffi";

const CLONE_NEWNET = 0x4000_0000;

/** For test files that have a process of their own (pool `forks`); sockets stay where they were. */
export function enterNamespace(name: string): void {
  const setns = koffi.load(null).func("int setns(int, int)");
  const fd = openSync(`/run/netns/${name}`, "r");
  const result: unknown = setns(fd, CLONE_NEWNET);
  closeSync(fd);
  if (result !== 0) throw new Error(`setns ${name}: errno ${koffi.errno()}`);
}
