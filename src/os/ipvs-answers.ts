/** What the kernel's answers about IPVS mean where they are no data: refusals, errors, silence. */
import { DecodeError } from "../base/bytes.ts";
import { BatonError } from "../base/errors.ts";
import { IPVS_GENL_NAME } from "../wire/ipvs/constants.ts";
import type { IpvsCommand } from "../wire/ipvs/types.ts";
import { ERRNO } from "../wire/netlink/errno.ts";
import { NetlinkError } from "./netlink-error.ts";

/** For one question, and for each send of a batch. */
export const TIME_LIMIT_MS = 2000;
export const IPVS_MODULE = "ip_vs";

/** A command that the kernel refused, and its reason. */
export interface Refusal {
  readonly command: IpvsCommand;
  readonly errno: number;
}

/** `errnos` as the commands. */
export const refusalsOf = (
  commands: readonly IpvsCommand[],
  errnos: readonly number[],
): readonly Refusal[] =>
  commands.flatMap((command, index) => {
    const errno = errnos[index] ?? 0;
    return errno === 0 ? [] : [{ command, errno }];
  });

/** What the kernel said does not fit what was last read of the table: read again, diff again. */
export const isStale = (errno: number): boolean =>
  errno === ERRNO.EEXIST || errno === ERRNO.ENOENT || errno === ERRNO.ESRCH;

/** The family is not there; `complaint` is modprobe's. */
export function absence(complaint: string | undefined): BatonError {
  const found = complaint ?? "modprobe reported success, yet the family is still missing";
  return new BatonError(
    "BATON_IPVS",
    `The kernel's generic netlink family ${IPVS_GENL_NAME} was sought and not found: ${found}.`,
  );
}

export const silence = (what: string): BatonError =>
  new BatonError("BATON_KERNEL", `IPVS was asked for ${what} and answered with nothing.`);

/** What went wrong with a question, for the operator. */
export function explained(what: string, error: unknown): unknown {
  if (!(error instanceof NetlinkError || error instanceof DecodeError)) return error;
  const sentence = `IPVS was asked for ${what}: ${error.message}.`;
  const errno = error instanceof NetlinkError ? error.errno : 0;
  if (errno === ERRNO.EPERM) return new BatonError("BATON_ROOT", sentence, { cause: error });
  const code = errno === ERRNO.ETIMEDOUT ? "BATON_TIMEOUT" : "BATON_KERNEL";
  return new BatonError(code, sentence, { cause: error });
}

/** What the kernel answered where one of these questions failed; undefined for other errors. */
export function ipvsErrno(error: unknown): number | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof NetlinkError ? cause.errno : undefined;
}
