/** The command ipvsadm beside baton's, on a large table, and Node alone; each in turn. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { emit, main } from "../../lab/guest/report.ts";
import { batonFile } from "../../support/programs.ts";
import { ipvsadmRules } from "../table-files.ts";
import { batonProgram } from "../tools.ts";

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

/** The kernel keeps removed servers for a while, and looks through them when others are added. */
function freshNamespace(name: string): void {
  execFileSync("ip", ["netns", "add", name]);
  const script = `ip link add eth0 type dummy; ip link set eth0 up
    ip address add 10.0.0.1/8 dev eth0`;
  execFileSync("ip", ["netns", "exec", name, "sh", "-c", script]);
}

await main(async () => {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(RULES, ipvsadmRules(SIZE));
  const rules = readFileSync(RULES, "latin1");
  symlinkSync(batonFile(), `${FOLDER}/ipvsadm`);
  const programs = [
    ["baton", batonProgram().with(-1, `${FOLDER}/ipvsadm`)],
    ["ipvsadm", ["ipvsadm"]],
  ] as const;
  freshNamespace("alone");
  for (let run = 0; run < Number(runs); run++) {
    const alone = timed(["ip", "netns", "exec", "alone", process.execPath, "-e", "0"], undefined);
    emit({ kind: "time", tool: "node", words: "alone", ms: alone });
    for (const [tool, argv] of programs) {
      const namespace = `${tool}-${run}`;
      const inside = ["ip", "netns", "exec", namespace];
      freshNamespace(namespace);
      for (const words of ["-v", "-R", "-Ln", "-Sn"]) {
        const input = words === "-R" ? rules : undefined;
        emit({ kind: "time", tool, words, ms: timed([...inside, ...argv, words], input) });
      }
      const saved = execFileSync("ip", [...inside.slice(1), "ipvsadm", "-Sn"], {
        maxBuffer: 1e8,
      }).toString();
      const lines = saved.trim().split("\n").length;
      execFileSync("ip", ["netns", "delete", namespace]);
      if (lines !== SIZE.services * (SIZE.servers + 1)) throw new Error(`${tool}: ${lines} lines`);
    }
  }
});
