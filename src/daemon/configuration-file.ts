/** Replaces the text of a configuration file: behind its link, with its mode and its owner. */
import { chown, realpath, stat } from "node:fs/promises";
import { writeAtomic } from "../os/files.ts";

/** Of a file that was not there. */
const PRIVATE = 0o600;

/** Rejects where the old text is still there, or belongs to somebody else now. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const path = await realpath(file).catch(() => file);
  const before = await stat(path).catch(() => undefined);
  const mode = before ? before.mode & 0o777 : PRIVATE;
  await writeAtomic(path, text, { mode, durable: true });
  if (!before) return;
  const { uid, gid } = await stat(path);
  // The unit may not give files away; nearly always there is nothing to give.
  if (uid !== before.uid || gid !== before.gid) await chown(path, before.uid, before.gid);
}
