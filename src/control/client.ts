/** Asks a daemon over its control socket, within a time limit. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { BatonError, messageOf } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { Reply } from "./api.ts";

/** A thousand services with ten servers each are 2 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** A living daemon answers within milliseconds. */
export const STATUS_LIMIT_MS = 2000;
/** Beyond the server's own limit for a command, so that its reason arrives. */
const COMMAND_LIMIT_MS = 310_000;

export type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly body: unknown }
  /** Nobody has the socket: no daemon runs. */
  | { readonly kind: "notRunning" }
  /** Somebody has it, and does not answer in time. */
  | { readonly kind: "silent"; readonly afterMs: number };

export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly limitMs: number;
}

/** Throws a BatonError where the socket may not be used, or where the answer makes no sense. */
export function ask(socketPath: string, question: Question): Promise<Answer> {
  const { method, path, body, limitMs } = question;
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
      sent.destroy();
    };
    const timer = setTimeout(
      () => settle(() => resolve({ kind: "silent", afterMs: limitMs })),
      limitMs,
    );
    const failed = (error: unknown): void =>
      settle(() => {
        const answer = answerOf(error, limitMs);
        if (answer) resolve(answer);
        else reject(explained(socketPath, error));
      });
    const sent = httpRequest({ socketPath, method, path, agent: false }, (response) => {
      read(response).then(
        (value) =>
          settle(() =>
            resolve({ kind: "answered", status: response.statusCode ?? 0, body: value }),
          ),
        failed,
      );
    });
    sent.on("error", failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export type StatusAnswer =
  | { readonly kind: "running"; readonly snapshot: Snapshot }
  | Exclude<Answer, { kind: "answered" }>;

/** What daemons of the first versions do not tell of. */
const LATER = { alerts: [], serverHistory: [], decisions: [] } as const satisfies Partial<Snapshot>;

export async function askStatus(
  socketPath: string,
  limitMs: number = STATUS_LIMIT_MS,
): Promise<StatusAnswer> {
  const answer = await ask(socketPath, { method: "GET", path: "/v1/status", limitMs });
  if (answer.kind !== "answered") return answer;
  const snapshot = { ...LATER, ...(answer.body as Snapshot) };
  if (answer.status === 200 && snapshot.format === 1) return { kind: "running", snapshot };
  const said = answer.status === 200 ? formatWords(snapshot) : sentenceOf(answer.body);
  throw new BatonError("BATON_CONTROL", `the daemon was asked for its status and said: ${said}`);
}

const formatWords = ({ format, baton }: { readonly format: number; readonly baton?: unknown }) =>
  `it tells format ${format}, of baton ${String(baton)}; this baton ${VERSION} reads format 1`;

/** Sends a command; throws where no daemon is there to carry it out. */
export async function command<T extends Reply = Reply>(
  socketPath: string,
  path: string,
  body: unknown,
  limitMs: number = COMMAND_LIMIT_MS,
): Promise<T> {
  const answer = await ask(socketPath, { method: "POST", path, body, limitMs });
  switch (answer.kind) {
    case "notRunning":
      throw new BatonError("BATON_NOT_RUNNING", `no daemon answers on ${socketPath}`);
    case "silent": {
      const sentence = `the daemon did not answer within ${limitMs / 1000} s`;
      throw new BatonError("BATON_TIMEOUT", sentence);
    }
    case "answered":
      return {
        ...(answer.body as T),
        done: answer.status === 200,
        sentence: sentenceOf(answer.body),
      };
  }
}

/** What the daemon has; throws as `command` does. */
export async function askFor<T>(socketPath: string, path: string): Promise<T> {
  const answer = await ask(socketPath, { method: "GET", path, limitMs: STATUS_LIMIT_MS });
  if (answer.kind === "answered" && answer.status === 200) return answer.body as T;
  if (answer.kind === "notRunning") {
    throw new BatonError("BATON_NOT_RUNNING", `no daemon answers on ${socketPath}`);
  }
  const said = answer.kind === "silent" ? "nothing" : sentenceOf(answer.body);
  throw new BatonError("BATON_CONTROL", `the daemon was asked for ${path} and said: ${said}`);
}

function sentenceOf(body: unknown): string {
  const sentence = (body as Partial<Reply> | null)?.sentence;
  return typeof sentence === "string" ? sentence : JSON.stringify(body);
}

async function read(response: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES) throw new RangeError("the answer is too long");
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  return response.headers["content-type"]?.startsWith("text/") ? text : JSON.parse(text);
}

const codeOf = (error: unknown): string | undefined =>
  (error as NodeJS.ErrnoException | null)?.code;

/** Errors that are answers. EAGAIN: a stopped process's queue of connections is full. */
function answerOf(error: unknown, limitMs: number): Answer | undefined {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ECONNREFUSED") return { kind: "notRunning" };
  return code === "EAGAIN" ? { kind: "silent", afterMs: limitMs } : undefined;
}

function explained(path: string, error: unknown): BatonError {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM") {
    const sentence = `the control socket ${path} is not for this user`;
    const remedy = "Run the command as root.";
    return new BatonError("BATON_ROOT", sentence, { remedy, cause: error });
  }
  const sentence = `the control socket ${path} was asked, and failed: ${messageOf(error)}`;
  return new BatonError("BATON_CONTROL", sentence, { cause: error });
}
