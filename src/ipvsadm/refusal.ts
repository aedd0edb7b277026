/** What ipvsadm says where the kernel refuses a command. */
import type { IpvsCommand } from "../wire/ipvs/types.ts";
import { ERRNO, errnoText } from "../wire/netlink/errno.ts";

const COMMON: Readonly<Record<number, string>> = {
  [ERRNO.ESRCH]: "No such service",
  [ERRNO.EPERM]: "Permission denied (you must be root)",
  [ERRNO.EINVAL]: "Invalid operation.  Possibly wrong module version, address not unicast, ...",
  [ERRNO.ENOPROTOOPT]: "Protocol not available",
  [ERRNO.ENOMEM]: "Memory allocation problem",
  [ERRNO.EOPNOTSUPP]: "Operation not supported with IPv6",
  [ERRNO.EAFNOSUPPORT]: "Operation not supported with specified address family",
  [ERRNO.EMSGSIZE]: "Module is wrong version",
};

const ENGINE = "Scheduler or persistence engine not found";

const OWN: Readonly<Partial<Record<IpvsCommand["kind"], Readonly<Record<number, string>>>>> = {
  addService: { [ERRNO.EEXIST]: "Service already exists", [ERRNO.ENOENT]: ENGINE },
  editService: { [ERRNO.ENOENT]: ENGINE },
  addDestination: {
    [ERRNO.EEXIST]: "Destination already exists",
    [ERRNO.ESRCH]: "Service not defined",
  },
  editDestination: {
    [ERRNO.ENOENT]: "No such destination",
    [ERRNO.ESRCH]: "Service not defined",
  },
  removeDestination: {
    [ERRNO.ENOENT]: "No such destination",
    [ERRNO.ESRCH]: "Service not defined",
  },
  startDaemon: { [ERRNO.EEXIST]: "Daemon has already run" },
  stopDaemon: { [ERRNO.ESRCH]: "No daemon is running" },
};

export const refusalText = (kind: IpvsCommand["kind"] | "list", errno: number): string =>
  (kind === "list" ? undefined : OWN[kind]?.[errno]) ?? COMMON[errno] ?? errnoText(errno);
