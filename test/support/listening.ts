/** Servers of a test, on a port of the loopback each; none outlives its test. */
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach } from "vitest";

export const HERE = "127.0.0.1";

const opened: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
/** Nobody listens any more. */
export function hangUp(): void {
  for (const { server, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
afterEach(hangUp);

/** Resolves with the port. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  // A client that does not trust the certificate is the point of some tests.
  server.on("tlsClientError", () => undefined);
  opened.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, HERE, resolve));
  return (server.address() as AddressInfo).port;
}
