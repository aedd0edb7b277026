/** The body of a request to the control socket: bounded, and an object of JSON. */
import type { IncomingMessage } from "node:http";

const MAX_BODY_BYTES = 16 * 1024;

/** A request that is answered with `status`, and why. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** An empty body is an empty object. What is too long is still taken in, or no answer would arrive. */
export function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= MAX_BODY_BYTES) parts.push(part);
      else reject(new Refused(413, `the request is longer than ${MAX_BODY_BYTES} octets`));
    });
    request.on("end", () => {
      try {
        resolve(parseBody(Buffer.concat(parts).toString("utf8")));
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", () => reject(new Refused(400, "the request broke off")));
  });
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused(400, "the request is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused(400, "the request is not an object");
  }
  return value as Readonly<Record<string, unknown>>;
}
