/** Every scenario by name: they run as tests, and against every mutant of the core. */
import { clean } from "./scenarios/clean.ts";
import { crashes } from "./scenarios/crashes.ts";
import { cuts } from "./scenarios/cuts.ts";
import { freshness } from "./scenarios/freshness.ts";
import { groups } from "./scenarios/groups.ts";
import { handovers } from "./scenarios/handovers.ts";
import { intervals } from "./scenarios/intervals.ts";
import type { Scenario } from "./scenarios/measure.ts";
import { pauses } from "./scenarios/pauses.ts";
import { preemption } from "./scenarios/preemption.ts";
import { resync } from "./scenarios/resync.ts";
import { rfc } from "./scenarios/rfc.ts";
import { sessions } from "./scenarios/sessions.ts";
import { sight } from "./scenarios/sight.ts";

export const SCENARIOS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  clean,
  crashes,
  cuts,
  freshness,
  groups,
  handovers,
  intervals,
  pauses,
  preemption,
  resync,
  rfc,
  sessions,
  sight,
};
