/** What a listener answers: texts, and refusals in a sentence. */
import type { ServerResponse } from "node:http";
import type { Config } from "../../config/types.ts";

export type Address = NonNullable<Config["metrics"]>;

export const refuse = (response: ServerResponse, status: number, sentence: string): void =>
  tell(response, status, { type: "text/plain; charset=utf-8", text: `${sentence}\n` });

export interface Text {
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function tell(
  response: ServerResponse,
  status: number,
  { type, text, headers = {} }: Text,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    connection: "close",
  });
  response.end(text);
}
