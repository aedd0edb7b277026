/** A mail by SMTP, over a socket of our own so that it can be ended at any moment. */
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { createTransport } from "nodemailer";
import type { MailSink } from "../config/alert-types.ts";
import type { Letter } from "../core/alert/text.ts";
import type { Outcome } from "../core/alert/types.ts";

export interface Mail {
  readonly letter: Letter;
  /** USER:PASSWORD. */
  readonly login: string | undefined;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Rejects where the connection fails. */
export async function sendMail(sink: MailSink, mail: Mail): Promise<Outcome> {
  const socket = await opened(sink, mail.signal);
  try {
    return await speak(sink, mail, socket);
  } catch (error) {
    mail.signal.throwIfAborted();
    return refusalOf(error);
  } finally {
    socket.destroy();
  }
}

function opened({ host, port, connectTimeout }: MailSink, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    const slow = `no connection to ${host}:${port} within ${connectTimeout / 1000} s`;
    const timer = setTimeout(() => socket.destroy(new Error(slow)), connectTimeout);
    socket.once("error", reject);
    socket.once("close", () => clearTimeout(timer));
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

async function speak(sink: MailSink, mail: Mail, socket: Socket): Promise<Outcome> {
  const { host, port, over, verify, connectTimeout, hello, to } = sink;
  const [, user, pass] = /^([^:]*):(.*)$/.exec(mail.login ?? "") ?? [];
  const transport = createTransport({
    host,
    port,
    secure: over === "tls",
    requireTLS: over === "starttls",
    ignoreTLS: over === "tcp",
    ...(hello !== undefined && { name: hello }),
    ...(user !== undefined && pass !== undefined && { auth: { user, pass } }),
    tls: { rejectUnauthorized: verify, ...(mail.ca !== undefined && { ca: mail.ca }) },
    greetingTimeout: connectTimeout,
    getSocket: (_options, take) => take(null, { connection: socket }),
  });
  const sent = await transport.sendMail({
    from: sink.from ?? `baton@${hostname()}`,
    to: [...to],
    subject: mail.letter.subject,
    text: mail.letter.text,
    // Nobody's holiday answers it.
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const refused = sent.rejected.map(String);
  if (refused.length === 0) return { kind: "delivered" };
  return { kind: "delivered", note: `the server refused ${refused.join(", ")}` };
}

const PERMANENT = 500;

/** RFC 5321 §4.2.1: 4yz may succeed later, 5yz will not. */
function refusalOf(error: unknown): Outcome {
  const { message, responseCode = 0 } = error as Error & { readonly responseCode?: number };
  return { kind: "failed", why: message, again: responseCode < PERMANENT };
}
