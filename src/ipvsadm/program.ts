/** The command ipvsadm: its words, its output and its exit codes, on the kernel's own messages. */

import { BatonError } from "../base/errors.ts";
import { ipvsErrno } from "../os/ipvs-answers.ts";
import { type DirectIpvs, openIpvsDirect } from "../os/ipvs-direct.ts";
import { ERRNO } from "../wire/netlink/errno.ts";
import { refusalText } from "./refusal.ts";
import { restore } from "./restore.ts";
import { type Output, Session } from "./session.ts";
import { Stop } from "./stop.ts";

/** As `ipvsadm` when it is called by that name; resolves with the exit code. */
export async function ipvsadm(
  words: readonly string[],
  io: Output,
  { program, input }: { readonly program: string; readonly input: Iterable<Buffer> },
): Promise<number> {
  let ipvs: DirectIpvs;
  try {
    ipvs = await openIpvsDirect();
  } catch (error) {
    io.err(`Can't initialize ipvs: ${obstacle(error)}\n`);
    io.err("Are you sure that IP Virtual Server is built in the kernel or as module?\n");
    return 2;
  }
  const session = new Session(ipvs, io, program);
  try {
    // Without a word it is a list.
    const call = await session.parse(words.length === 0 ? ["-L"] : words);
    if (call.kind === "restore" || call.kind === "list" || call.kind === "save") optimizeLate();
    if (call.kind === "restore") return await restore(session, input);
    await session.carryOut(call, undefined);
    session.flush();
    return session.code;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    io.err(error.message);
    return error.code;
  } finally {
    ipvs.close();
  }
}

/** Work that a function does before the engine makes faster code of it. */
const INTERRUPT_BUDGET = 1_000_000;

/** Ten thousand lines are done before faster code pays for the memory that making it takes. */
function optimizeLate(): void {
  process.getBuiltinModule("node:v8").setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}

function obstacle(error: unknown): string {
  const absent = error instanceof BatonError && error.code === "BATON_IPVS";
  const errno = absent ? ERRNO.ENOPROTOOPT : ipvsErrno(error);
  if (errno === undefined) throw error;
  return refusalText("list", errno);
}
