/** Connections of probes: plain or TLS, within their own time, closed when the attempt ends. */
import { readFileSync, statSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { formatDuration } from "../base/units.ts";
import type { Probe, ProbeAction, TlsOptions } from "../config/check-types.ts";
import { explain } from "./errors.ts";
import { type Attempt, down } from "./types.ts";

/** Calls `ready` once the connection, with its handshake, stands. */
export function open(
  probe: Probe,
  attempt: Attempt,
  tls: TlsOptions | undefined,
  ready: (socket: Socket, warning: string | undefined) => void,
): void {
  attempt.waitsFor("connection");
  const socket = tls ? openTls(probe, attempt, tls) : openTcp(probe);
  if (!socket) return;
  const limit = limitConnect(probe, attempt);
  attempt.onEnd(() => {
    clearTimeout(limit);
    socket.destroy();
  });
  socket.on("error", (error) => attempt.end(down(explain(error))));
  if (tls) socket.once("connect", () => attempt.waitsFor("TLS handshake"));
  socket.once(tls ? "secureConnect" : "connect", () => {
    clearTimeout(limit);
    ready(socket, tls && endOfCertificate(socket as TLSSocket, tls));
  });
}

const limitConnect = (probe: Probe, attempt: Attempt): NodeJS.Timeout | undefined => {
  const { connectTimeout, timeout } = probe;
  if (connectTimeout >= timeout) return undefined;
  const reason = `no connection within ${formatDuration(connectTimeout)}`;
  return setTimeout(() => attempt.end(down(reason)), connectTimeout);
};

/** Into this all plain connections read: a buffer for each answer costs more than the answer. */
const HEARD = Buffer.allocUnsafeSlow(65_536);

function openTcp({ target, source }: Probe): Socket {
  const socket: Socket = connectTcp({
    host: target.address,
    port: target.port,
    ...(source !== undefined && { localAddress: source }),
    onread: {
      buffer: HEARD,
      callback: (length) => socket.emit("data", Buffer.from(HEARD.subarray(0, length))),
    },
  });
  return socket;
}

function openTls(
  { action, target, source }: Probe,
  attempt: Attempt,
  tls: TlsOptions,
): Socket | undefined {
  try {
    return connectTls({
      host: target.address,
      port: target.port,
      // Without a name the certificate must be for the address, and SNI is left out.
      ...(tls.serverName !== undefined && { servername: tls.serverName }),
      rejectUnauthorized: tls.verify,
      secureContext: contextOf(tls.caFile),
      ...(offersHttp2(action) && { ALPNProtocols: ["h2", "http/1.1"] }),
      ...(source !== undefined && { localAddress: source }),
    });
  } catch (error) {
    attempt.end(down(`${tls.caFile ?? "TLS"}: ${explain(error)}`));
    return undefined;
  }
}

const offersHttp2 = (action: ProbeAction): boolean => action.kind === "http" && action.http2;

/** Debian's list. Node has one of its own unless it is Debian's, which does not know this host's. */
const SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

interface Trust {
  readonly context: SecureContext;
  /** Of the file when it was read. */
  readonly version: string | undefined;
}

/** Reading the trusted certificates takes up to 0.1 s: once for each version of a file. */
const trusted = new Map<string, Trust>();

function contextOf(caFile: string | undefined): SecureContext {
  const file = caFile ?? process.env["SSL_CERT_FILE"] ?? SYSTEM_CERTIFICATES;
  const version = versionOf(file);
  const known = trusted.get(file);
  if (known && known.version === version) return known.context;
  const usual = caFile === undefined && version === undefined;
  const context = createSecureContext(usual ? {} : { ca: readFileSync(file) });
  trusted.set(file, { context, version });
  return context;
}

function versionOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
}

const DAY_MS = 86_400_000;

/** Certificates are dated by the wall clock, and by nothing else. */
function endOfCertificate(socket: TLSSocket, { warnBefore }: TlsOptions): string | undefined {
  const end = Date.parse(socket.getPeerCertificate().valid_to);
  const left = end - Date.now();
  if (!(left < warnBefore)) return undefined;
  if (left <= 0) return "the certificate has ended";
  return `the certificate ends in ${Math.max(1, Math.floor(left / DAY_MS))} d`;
}
