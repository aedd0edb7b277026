/** A file as stat(2) sees it, and who may change what its path leads to. */
import { access, constants, lstat, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";

export type FoundFile =
  | { readonly kind: "missing" }
  | {
      readonly kind: "present";
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly executable: boolean;
      /** The first part of its path that others than root may write. */
      readonly exposed: string | undefined;
    };

export async function lookAtFile(path: string): Promise<FoundFile> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return { kind: "missing" };
  const executable = await access(path, constants.X_OK).then(
    () => found.isFile(),
    () => false,
  );
  const { mode, uid, gid } = found;
  return { kind: "present", mode, uid, gid, executable, exposed: await exposedPart(path) };
}

/** S_ISVTX, which node:fs does not name. */
const STICKY = 0o1000;

/** Of the path as it is written, and of where its links lead to. */
async function exposedPart(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => path);
  for (const part of new Set([...partsOf(path), ...partsOf(real)])) {
    if (await isExposed(part)) return part;
  }
  return undefined;
}

/** `/`, `/usr`, `/usr/bin`, … */
function partsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...partsOf(parent), path];
}

/** In a directory with the sticky bit nobody replaces what is another's. */
async function isExposed(part: string): Promise<boolean> {
  const found = await lstat(part).catch(() => undefined);
  if (!found) return false;
  if (found.uid !== 0) return true;
  if (found.isSymbolicLink()) return false;
  if (found.isDirectory() && (found.mode & STICKY) !== 0) return false;
  const byGroup = (found.mode & constants.S_IWGRP) !== 0 && found.gid !== 0;
  return byGroup || (found.mode & constants.S_IWOTH) !== 0;
}
