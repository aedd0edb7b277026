/** Error numbers of Linux by name, with the C library's sentence for each (asm-generic/errno.h). */

const ERRORS = [
  [1, "EPERM", "Operation not permitted"],
  [2, "ENOENT", "No such file or directory"],
  [3, "ESRCH", "No such process"],
  [4, "EINTR", "Interrupted system call"],
  [5, "EIO", "Input/output error"],
  [6, "ENXIO", "No such device or address"],
  [7, "E2BIG", "Argument list too long"],
  [9, "EBADF", "Bad file descriptor"],
  [11, "EAGAIN", "Resource temporarily unavailable"],
  [12, "ENOMEM", "Cannot allocate memory"],
  [13, "EACCES", "Permission denied"],
  [14, "EFAULT", "Bad address"],
  [16, "EBUSY", "Device or resource busy"],
  [17, "EEXIST", "File exists"],
  [19, "ENODEV", "No such device"],
  [22, "EINVAL", "Invalid argument"],
  [28, "ENOSPC", "No space left on device"],
  [34, "ERANGE", "Numerical result out of range"],
  [62, "ETIME", "Timer expired"],
  [71, "EPROTO", "Protocol error"],
  [75, "EOVERFLOW", "Value too large for defined data type"],
  [90, "EMSGSIZE", "Message too long"],
  [92, "ENOPROTOOPT", "Protocol not available"],
  [93, "EPROTONOSUPPORT", "Protocol not supported"],
  [95, "EOPNOTSUPP", "Operation not supported"],
  [97, "EAFNOSUPPORT", "Address family not supported by protocol"],
  [98, "EADDRINUSE", "Address already in use"],
  [99, "EADDRNOTAVAIL", "Cannot assign requested address"],
  [100, "ENETDOWN", "Network is down"],
  [101, "ENETUNREACH", "Network is unreachable"],
  [105, "ENOBUFS", "No buffer space available"],
  [107, "ENOTCONN", "Transport endpoint is not connected"],
  [110, "ETIMEDOUT", "Connection timed out"],
  [111, "ECONNREFUSED", "Connection refused"],
  [113, "EHOSTUNREACH", "No route to host"],
] as const;

export type ErrnoName = (typeof ERRORS)[number][1];

/** Name → number. */
export const ERRNO = Object.fromEntries(ERRORS.map(([number, name]) => [name, number])) as Readonly<
  Record<ErrnoName, number>
>;

const BY_NUMBER = new Map<number, readonly [ErrnoName, string]>(
  ERRORS.map(([number, name, text]) => [number, [name, text]]),
);

/** `EEXIST`, or `errno 133` for a number that has no name here. */
export const errnoName = (errno: number): string => BY_NUMBER.get(errno)?.[0] ?? `errno ${errno}`;

/** What strerror says, e.g. `File exists`. */
export const errnoText = (errno: number): string =>
  BY_NUMBER.get(errno)?.[1] ?? `Unknown error ${errno}`;
