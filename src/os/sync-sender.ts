/** Sends connection-sync messages to the group that the kernels' backup threads listen to. */
import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { BatonError } from "../base/errors.ts";
import { familyOf, type Ip, parseIp } from "../base/ip.ts";

/** IP_VS_SYNC_GROUP and IP_VS_SYNC_PORT of ip_vs_sync.c, and the thread's TTL. */
const DEFAULT = { group: "224.0.0.81" as Ip, port: 8848, ttl: 1 } as const;

export interface SyncTarget {
  readonly interface: string;
  readonly group: Ip | undefined;
  readonly port: number | undefined;
  readonly ttl: number | undefined;
}

export interface SyncSender {
  /** Resolves when the kernel took it. */
  send(message: Uint8Array): Promise<void>;
  close(): void;
}

/** Rejects where the link has no address of the group's family: nothing could leave by it. */
export async function openSyncSender(target: SyncTarget): Promise<SyncSender> {
  const group = target.group ?? DEFAULT.group;
  const family = familyOf(group);
  const address = addressOn(target.interface, family);
  const socket = createSocket(`udp${family}`);
  try {
    await bound(socket, family === 4 ? address : undefined);
    socket.setMulticastInterface(family === 4 ? address : `::%${target.interface}`);
    // With it this host's own backup thread would take the records.
    socket.setMulticastLoopback(false);
    socket.setMulticastTTL(target.ttl ?? DEFAULT.ttl);
  } catch (error) {
    socket.close();
    throw error;
  }
  const port = target.port ?? DEFAULT.port;
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        socket.send(message, port, group, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => socket.close(),
  };
}

const bound = (socket: Socket, address: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, address, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve();
    });
  });

function addressOn(link: string, family: 4 | 6): string {
  const entries = networkInterfaces()[link] ?? [];
  const found = entries.find(({ address }) => {
    const ip = parseIp(address);
    return ip !== undefined && familyOf(ip) === family;
  });
  if (found) return found.address;
  throw new BatonError("BATON_INTERFACE", `${link} is down or has no IPv${family} address`, {
    remedy:
      "Bring `connectionSync.interface` up and give it an address on both directors. Where it has " +
      "IPv6 alone, give `connectionSync.group` an IPv6 group.",
  });
}
