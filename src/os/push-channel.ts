/** The push channel between directors: TCP, one signed request a connection, everything bounded. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { DecodeError } from "../base/bytes.ts";
import { BatonError, messageOf } from "../base/errors.ts";
import type { Ip } from "../base/ip.ts";
import {
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  encodeMessage,
  GREETING_LENGTH,
  type Kind,
  type Message,
  messageLength,
  NONCE_LENGTH,
  signedPart,
} from "../wire/push/frame.ts";
import type { Secret } from "./hmac.ts";

const MAX_CONNECTIONS = 4;
/** For all that the offerer has to say. */
const REQUEST_LIMIT_MS = 5000;
const CONNECT_LIMIT_MS = 3000;
/** A large file is read in half a minute at most, and roles are handed over in ten seconds. */
const REPLY_LIMIT_MS = 60_000;

export interface ReceiverOptions {
  readonly address: Ip;
  readonly port: number;
  /** Any of them is believed; a reply is signed as its request was. */
  readonly secrets: readonly Secret[];
  /** Who may speak at all. */
  readonly peers: ReadonlySet<string>;
  /** Never rejects. */
  readonly onRequest: (text: string, from: string) => Promise<string>;
  readonly onTrouble: (sentence: string) => void;
}

export interface Receiver {
  close(): void;
}

/** Rejects where the port can not be listened to. */
export function receivePushes(options: ReceiverOptions): Promise<Receiver> {
  const server = createServer((socket) => {
    serve(socket, options).catch((error: unknown) => {
      options.onTrouble(`an offer of ${socket.remoteAddress ?? "nobody"}: ${messageOf(error)}`);
      socket.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.address, () => {
      server.off("error", reject);
      server.on("error", (error) => options.onTrouble(messageOf(error)));
      resolve({ close: () => void server.close() });
    });
  });
}

async function serve(socket: Socket, options: ReceiverOptions): Promise<void> {
  socket.on("error", () => undefined);
  const from = socket.remoteAddress ?? "";
  if (!options.peers.has(from)) throw new DecodeError("unknown source");
  const greeting = randomBytes(NONCE_LENGTH);
  socket.write(encodeGreeting(greeting));
  const request = decodeMessage(await readMessage(socket, REQUEST_LIMIT_MS));
  const secret = options.secrets.find(({ id }) => id === request.keyId);
  if (!secret) throw new DecodeError("unknown key", String(request.keyId));
  if (!isSigned("request", greeting, request, secret)) throw new DecodeError("bad signature");
  const text = Buffer.from(request.text).toString("utf8");
  const answer = Buffer.from(await options.onRequest(text, from), "utf8");
  const reply = signed("reply", greeting, { nonce: request.nonce, text: answer }, secret);
  socket.end(encodeMessage(reply));
}

export interface OfferOptions {
  /** How long an answer is waited for; a large file is read within a minute. */
  readonly limitMs?: number;
  readonly to: { readonly address: Ip; readonly port: number };
  readonly from: Ip;
  readonly secret: Secret;
}

/** Says `text`, and resolves with what is answered; rejects with a BatonError that says why not. */
export async function offer(options: OfferOptions, text: string): Promise<string> {
  const { to, from, secret, limitMs = REPLY_LIMIT_MS } = options;
  const where = `${to.address} port ${to.port}`;
  const socket = connect({ host: to.address, port: to.port, localAddress: from });
  try {
    const greeting = decodeGreeting(await readExactly(socket, GREETING_LENGTH, CONNECT_LIMIT_MS));
    const nonce = randomBytes(NONCE_LENGTH);
    const body = Buffer.from(text, "utf8");
    socket.write(encodeMessage(signed("request", greeting, { nonce, text: body }, secret)));
    const reply = decodeMessage(await readMessage(socket, limitMs));
    const own = Buffer.compare(reply.nonce, nonce) === 0;
    if (!own || !isSigned("reply", greeting, reply, secret)) throw new DecodeError("bad signature");
    return Buffer.from(reply.text).toString("utf8");
  } catch (error) {
    const sentence = `${where} was spoken to: ${messageOf(error)}`;
    const remedy =
      "Is the daemon running there, with the same key, and does a firewall let TCP to that port?";
    throw new BatonError("BATON_CONTROL", sentence, { remedy, cause: error });
  } finally {
    socket.destroy();
  }
}

function signed(
  kind: Kind,
  greeting: Uint8Array,
  content: Pick<Message, "nonce" | "text">,
  { id, key }: Secret,
): Message {
  const signature = digest(signedPart(kind, greeting, content), key);
  return { keyId: id, ...content, signature };
}

const isSigned = (kind: Kind, greeting: Uint8Array, message: Message, { key }: Secret): boolean =>
  timingSafeEqual(digest(signedPart(kind, greeting, message), key), message.signature);

/** Uncut: octets cost nothing here. */
const digest = (bytes: Uint8Array, key: Uint8Array): Uint8Array =>
  createHmac("sha256", key).update(bytes).digest();

const readMessage = (socket: Socket, limit: number): Promise<Uint8Array> =>
  readUntil(socket, messageLength, limit);

const readExactly = (socket: Socket, length: number, limit: number): Promise<Uint8Array> =>
  readUntil(socket, () => length, limit);

/** Resolves with as many octets as `lengthOf` says of those so far; what follows is refused. */
function readUntil(
  socket: Socket,
  lengthOf: (bytes: Uint8Array) => number | undefined,
  limit: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      socket.off("data", onData).off("error", onError).off("close", onClose).pause();
      finish();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const onError = (error: Error): void => fail(error);
    const onClose = (): void => fail(new DecodeError("it broke off"));
    const onData = (part: Buffer): void => {
      parts.push(part);
      size += part.length;
      try {
        const head = parts.length === 1 ? part : Buffer.concat(parts);
        const length = lengthOf(head);
        if (length === undefined || size < length) return;
        if (size > length) throw new DecodeError("too long", `${size} octets, not ${length}`);
        settle(() => resolve(head));
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => fail(new DecodeError("nothing in time")), limit);
    socket.on("data", onData).on("error", onError).on("close", onClose).resume();
  });
}
