/** Users and groups of this host: what the name that a file has for one stands for. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export type FoundUser =
  | ({ readonly kind: "found" } & Identity)
  /** `why` is a clause. */
  | { readonly kind: "missing"; readonly why: string };

/** Directories such as LDAP answer in their own time. */
const LIMIT_MS = 2000;
const NUMBER = /^\d+$/;

/** Of `USER` or `USER:GROUP`, names or numbers. Never rejects. */
export async function findUser(text: string, folder = "/etc"): Promise<FoundUser> {
  const [user = "", group] = text.split(":");
  const [account, team] = await Promise.all([
    lookUp("passwd", user, folder),
    group === undefined ? undefined : lookUp("group", group, folder),
  ]);
  const uid = account?.[2] ?? user;
  const gid = team?.[2] ?? group ?? account?.[3];
  if (!NUMBER.test(uid)) return missing(`there is no user ${user}`);
  if (gid === undefined) return missing(`user ${user} has no name and so no group: ${user}:GROUP`);
  if (!NUMBER.test(gid)) return missing(`there is no group ${gid}`);
  return { kind: "found", uid: Number(uid), gid: Number(gid) };
}

const missing = (why: string): FoundUser => ({ kind: "missing", why });

/** The fields of a line of passwd(5) or group(5); undefined where there is none. */
async function lookUp(
  database: "passwd" | "group",
  key: string,
  folder: string,
): Promise<readonly string[] | undefined> {
  const text = await readFile(`${folder}/${database}`, "utf8").catch(() => "");
  return lineOf(text, key) ?? lineOf(await ask(database, key), key);
}

function lineOf(text: string, key: string): readonly string[] | undefined {
  const column = NUMBER.test(key) ? 2 : 0;
  const lines = text.split("\n").map((line) => line.split(":"));
  return lines.find((fields) => fields.length > 3 && fields[column] === key);
}

/** What is not in the file may be in another directory of this host. */
const ask = (database: string, key: string): Promise<string> =>
  new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, cwd: "/" };
    execFile("getent", [database, key], options, (_error, stdout) => resolve(stdout));
  });
