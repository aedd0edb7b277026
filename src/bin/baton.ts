#!/usr/bin/env -S node --v8-pool-size=1 --optimize-for-size --single-threaded-gc
/** The program: the daemon's commands take the short way, all others go through the command line. */
// For size: a burst of hundreds of instances would leave a young generation beyond one megabyte
// 20 MB larger for good, code made for speed takes 10 MB for nothing. One thread of the engine, and
// none for garbage: heaps this small are collected sooner alone than helpers are woken.
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
