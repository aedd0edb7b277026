/** The page's listener over a real socket, with a director that is only told. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseIp } from "../../src/base/ip.ts";
import type { Page as Wish } from "../../src/config/types.ts";
import type { DirectorEffect } from "../../src/core/director/effects.ts";
import type { Snapshot } from "../../src/core/director/snapshot-types.ts";
import { createPage, type Page } from "../../src/daemon/page/page.ts";
import { SNAPSHOT } from "./snapshot.ts";

export const TOKEN = "a-token-for-tests-only";

export interface Given {
  readonly tokenFile?: string | undefined;
  readonly names?: readonly string[];
}

export interface Opened {
  readonly page: Page;
  readonly port: number;
  readonly said: readonly string[];
  readonly commands: readonly object[];
  readonly wish: Wish;
  show(snapshot: Snapshot): void;
  happen(effect: DirectorEffect): void;
  close(): Promise<void>;
}

const FOLDER = mkdtempSync(join(tmpdir(), "baton-page-"));
process.on("exit", () => rmSync(FOLDER, { recursive: true, force: true }));
let files = 0;

export function tokenFile(text: string = `${TOKEN}\n`, mode = 0o600): string {
  const file = join(FOLDER, `${files++}.token`);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** Files that say their name. */
function assets(): URL {
  for (const name of ["page.html", "page.js", "page.css", "icon.svg"]) {
    writeFileSync(join(FOLDER, name), name);
  }
  return pathToFileURL(`${FOLDER}/`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function openPage(given: Given = {}): Promise<Opened> {
  const said: string[] = [];
  const commands: object[] = [];
  const listeners = new Set<(effect: DirectorEffect) => void>();
  let snapshot = SNAPSHOT;
  const log = (sentence: string): void => void said.push(sentence);
  const obey = (what: object): Promise<{ done: boolean; sentence: string }> => {
    commands.push(what);
    return Promise.resolve({ done: true, sentence: "done so" });
  };
  const page = createPage({
    running: {
      snapshotInTurns: () => Promise.resolve(snapshot),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    commands: { failover: obey, resume: obey, takeover: obey, server: obey, drill: obey },
    ask: () => Promise.resolve(undefined),
    log: { info: log, warn: log, error: log },
    folder: assets(),
    cadenceMs: 60_000,
    retryMs: 10,
  });
  const address = parseIp("127.0.0.1");
  if (address === undefined) throw new TypeError("no address");
  const port = await freePort();
  const wish: Wish = { address, port, tokenFile: given.tokenFile, names: given.names ?? [] };
  await page.listenOn(wish);
  return {
    page,
    port,
    said,
    commands,
    wish,
    show: (next) => {
      snapshot = next;
    },
    happen: (effect) => {
      for (const listener of listeners) listener(effect);
    },
    close: () => page.close(),
  };
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Unlike fetch it may say any Host. */
export function ask(port: number, { method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method, path, headers, agent: false };
    const sent = request(options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString("utf8"),
        }),
      );
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
