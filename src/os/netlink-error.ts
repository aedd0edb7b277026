/** What a request by netlink ends with where the kernel says no, or nothing. */
import { errnoName, errnoText } from "../wire/netlink/errno.ts";

export class NetlinkError extends Error {
  override readonly name = "NetlinkError";
  /** Positive, as in <errno.h>; ETIMEDOUT where no answer came. */
  readonly errno: number;
  readonly code: string;

  constructor(errno: number, detail?: string) {
    super(`${errnoText(errno)}${detail === undefined ? "" : ` (${detail})`}`);
    this.errno = errno;
    this.code = errnoName(errno);
  }
}
