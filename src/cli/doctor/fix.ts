/** Carries out what doctor may mend by itself: kernel parameters and modules, nothing else. */
import { createInterface } from "node:readline/promises";
import { BatonError, messageOf } from "../../base/errors.ts";
import { commandOf, type Finding, type Fix } from "../../doctor/finding.ts";
import { loadModule } from "../../os/modprobe.ts";
import { writeSysctl } from "../../os/sysctl.ts";

export interface Mended {
  readonly command: string;
  readonly fix: Fix;
  /** Why not; undefined where it was done. */
  readonly problem: string | undefined;
}

/** What findings worse than `ok` offer, once each. */
export function fixesOf(findings: readonly Finding[]): readonly Fix[] {
  const fixes = findings.flatMap(({ severity, fix }) => (severity === "ok" || !fix ? [] : [fix]));
  return [...new Map(fixes.map((fix) => [commandOf(fix), fix])).values()];
}

/** Never rejects. */
export async function mend(fix: Fix): Promise<Mended> {
  const command = commandOf(fix);
  try {
    const problem = fix.kind === "module" ? await loadModule(fix.name) : await write(fix);
    return { command, fix, problem };
  } catch (error) {
    return { command, fix, problem: messageOf(error) };
  }
}

async function write({ name, value }: Extract<Fix, { kind: "sysctl" }>): Promise<undefined> {
  await writeSysctl(name, value);
}

/** Lines for the files that do the same at each boot. */
export function forBoot(mended: readonly Mended[]): readonly string[] {
  const done = mended.filter(({ problem }) => problem === undefined).map(({ fix }) => fix);
  const values = done.flatMap((fix) =>
    fix.kind === "sysctl" ? [`${fix.name} = ${fix.value}`] : [],
  );
  const modules = done.flatMap((fix) => (fix.kind === "module" ? [fix.name] : []));
  return [
    ...(values.length === 0
      ? []
      : ["For each boot, in /etc/sysctl.d/90-baton.conf:", ...values.map(indent)]),
    ...(modules.length === 0
      ? []
      : ["For each boot, in /etc/modules-load.d/baton.conf:", ...modules.map(indent)]),
  ];
}

const indent = (line: string): string => `  ${line}`;

/** Whoever cannot be asked has to say so beforehand. */
export function mayAsk(yes: boolean): void {
  if (yes || process.stdin.isTTY) return;
  throw new BatonError(
    "BATON_USAGE",
    "--fix asks before it changes anything, and this is no terminal",
    {
      remedy: "Say --yes as well.",
    },
  );
}

/** `end`: Ctrl+C or Ctrl+D, which is a no to all that follows. */
export async function askPerson(question: string): Promise<"yes" | "no" | "end"> {
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await dialogue.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim()) ? "yes" : "no";
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stdout.write("\n");
    return "end";
  } finally {
    dialogue.close();
  }
}
