/** The command ipvsadm beside baton's, on a large table, and Node alone; each in turn. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { emit, main } from "../../lab/guest/report.ts";
import { batonFile } from "../../support/programs.ts";
import { ipvsadmRules } from "../table-files.ts";

const [runs = "5"] = process.argv.slice(2);
const SIZE = { services: 1000, servers: 10 };
const FOLDER = "/run/bench";
const RULES = `${FOLDER}/rules`;

type Argv = readonly string[];

/** Its output goes nowhere. */
function timed([command = "", ...args]: Argv, input: string | undefined): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    stdio: ["pipe", "ignore", "pipe"],
    input: input ?? "",
  });
  const ms = performance.now() - began;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${String(stderr)}`);
  return ms;
}

await main(async () => {
  mkdirSync(FOLDER, { recursive: true });
  execFileSync("ip", ["link", "add", "eth0", "type", "dummy"]);
  execFileSync("ip", ["link", "set", "eth0", "up"]);
  execFileSync("ip", ["addr", "add", "10.0.0.1/8", "dev", "eth0"]);
  writeFileSync(RULES, ipvsadmRules(SIZE));
  const rules = readFileSync(RULES, "latin1");
  symlinkSync(batonFile(), `${FOLDER}/ipvsadm`);
  const programs = [
    ["baton", [process.execPath, `${FOLDER}/ipvsadm`]],
    ["ipvsadm", ["ipvsadm"]],
  ] as const;
  for (let run = 0; run < Number(runs); run++) {
    const alone = timed([process.execPath, "-e", "0"], undefined);
    emit({ kind: "time", tool: "node", words: "alone", ms: alone });
    for (const [tool, argv] of programs) {
      execFileSync("ipvsadm", ["-C"]);
      for (const words of ["-v", "-R", "-Ln", "-Sn"]) {
        const input = words === "-R" ? rules : undefined;
        emit({ kind: "time", tool, words, ms: timed([...argv, words], input) });
      }
      const saved = execFileSync("ipvsadm", ["-Sn"], { maxBuffer: 1e8 }).toString();
      const lines = saved.trim().split("\n").length;
      if (lines !== SIZE.services * (SIZE.servers + 1)) throw new Error(`${tool}: ${lines} lines`);
    }
  }
});
