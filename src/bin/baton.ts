#!/usr/bin/env -S node --v8-pool-size=1 --optimize-for-size --single-threaded-gc
/** The program: the daemon's commands take the short way, all others go through the command line. */
// A burst of hundreds of instances would leave a larger young generation than the one megabyte of
// --optimize-for-size 20 MB larger for good, a
// thread of the engine keeps memory of its own, and code made for speed takes 10 MB for nothing.
// Heaps this small are collected sooner alone: waking helpers took a fifth of the time of checks.
const [, path = "", ...words] = process.argv;
const named = path.endsWith("/ipvsadm");
const command = named ? "ipvsadm" : words[0];
const daemon = command === "run" || command === "release";
const { main } = daemon
  ? await import("../daemon/main.ts")
  : command === "ipvsadm"
    ? await import("../cli/ipvsadm.ts")
    : await import("../cli/program.ts");
// What was given up half-way, a socket or a child, must not keep the program alive.
process.exit(await main(named ? ["", ...words] : words));
