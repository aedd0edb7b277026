#!/usr/bin/env -S node --max-semi-space-size=1
/** The program: the daemon's commands take the short way, all others go through the command line. */
// A small young generation: a burst of hundreds of instances would leave it 20 MB larger for good.
const [command] = process.argv.slice(2);
const daemon = command === "run" || command === "release";
const { main } = daemon ? await import("../daemon/main.ts") : await import("../cli/program.ts");
// What was given up half-way, a socket or a child, must not keep the program alive.
process.exit(await main(process.argv.slice(2)));
