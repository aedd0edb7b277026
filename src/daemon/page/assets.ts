/** The page's own files, beside the program: read when it is opened. */
import { readFile } from "node:fs/promises";
import type { Text } from "../http/answer.ts";

const FOLDER = new URL("./page/", import.meta.url);

const FILES = {
  "/": ["page.html", "text/html; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
  "/page.css": ["page.css", "text/css; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
} as const;

export type Assets = Readonly<Record<string, Text>>;

export async function readAssets(folder: URL = FOLDER): Promise<Assets> {
  const found = Object.entries(FILES).map(async ([path, [file, type]]) => {
    const text = await readFile(new URL(file, folder), "utf8");
    return [path, { type, text }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}
