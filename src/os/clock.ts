/** Time that never jumps: the wall clock decides nothing in baton. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { type Instant, instant } from "../base/units.ts";
import { bootMillis } from "./sys.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** CLOCK_MONOTONIC, since this process started; never compare it with another process's. */
export const now = (): Instant => instant(performance.now());

/** CLOCK_BOOTTIME in milliseconds: what is written down for another process of the same boot. */
export const bootTime = (): number => bootMillis();

/** Changes with each boot, so that times and marks of an earlier one are recognised. */
export const bootId = (): string => readFileSync(BOOT_ID, "utf8").trim();
