/** How long the keys are; they themselves go no further. */
import { readFile } from "node:fs/promises";
import { parseSecrets } from "../../os/hmac.ts";
import { type Looked, type SecretFact, seen, unseen } from "../facts.ts";

/** Undefined where there is nothing to judge: `check` says what is wrong with the file. */
export async function readSecret(
  path: string | undefined,
): Promise<Looked<SecretFact> | undefined> {
  if (path === undefined) return undefined;
  try {
    const keys = parseSecrets(await readFile(path, "utf8"), path);
    return seen({ path, shortest: Math.min(...keys.map(({ key }) => key.length)) });
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === "EACCES";
    return denied ? unseen(`${path} is not for this user`) : undefined;
  }
}
