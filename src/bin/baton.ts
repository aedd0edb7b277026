/** The program: the daemon's commands take the short way, all others go through the command line. */
const [command] = process.argv.slice(2);
const daemon = command === "run" || command === "release";
const { main } = daemon ? await import("../daemon/main.ts") : await import("../cli/program.ts");
const code = await main(process.argv.slice(2));
// A daemon that failed half-way still has sockets and timers that would keep it alive.
if (daemon) process.exit(code);
process.exitCode = code;
