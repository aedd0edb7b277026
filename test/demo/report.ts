/** The demo's outcome as a page for people. */
import type { Expectation, Outcome, Rehearsal } from "./types.ts";

/** Milliseconds that one sign of a bar stands for. */
const BAR_STEP_MS = 250;
const HOLDS = "█";
const NOT = "·";

export const heldAll = ({ complete, rehearsals }: Outcome): boolean =>
  complete && rehearsals.every(({ expectations }) => expectations.every(({ held }) => held));

export function report(outcome: Outcome): string {
  const { rehearsals, master, status, table } = outcome;
  const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "    ");
  const last =
    status.trim() === "" ? [] : [`  baton status on ${master}:`, "", indented(status), ""];
  return [
    "baton demo: two directors in a lab with a real IPVS kernel",
    "",
    measured(outcome),
    "",
    ...rehearsals.map((one, index) => `${rehearsal(one, index + 1, outcome)}\n`),
    "Summary",
    ...summary(rehearsals),
    "",
    `The master at the end: ${master}`,
    "",
    ...last,
    `  ipvsadm -Ln on ${master}:`,
    "",
    indented(table),
    "",
    verdict(outcome),
  ].join("\n");
}

const measured = ({ intervalMs, probeMs }: Outcome): string => `How it was measured
  The lab is one User-Mode Linux guest: a client, two directors (lb1, lb2) and two real servers in
  network namespaces of their own, direct routing. Directors speak every ${intervalMs} ms, for Node
  takes a second to start in there. "VIP" is what the kernel of each director reported, read by
  ip monitor. "No answer" is the longest time in which a UDP probe to the VIP, one every
  ${probeMs} ms, was left unanswered; directors answer it themselves. "Connections" are TCP
  connections to the real servers through IPVS, a line each way every 100 ms, three seconds old at
  the fault: the kernel keeps what it has to send to its peer for up to two seconds. t is the time
  since the fault.`;

function rehearsal(one: Rehearsal, number: number, { directors }: Outcome): string {
  const { title, gap, answered, connections, expectations } = one;
  const { held, alive, longest, tried, failed } = connections;
  const by = answered.map(({ at, by: who }) => (at <= 0 ? who : `${who} from ${time(at)}`));
  return [
    `${number}. ${title[0]?.toUpperCase()}${title.slice(1)}`,
    "",
    ...bars(one, directors),
    "",
    ...timeline(one),
    "",
    `   client       ${silence(gap)}; answered by ${by.join(", ")}`,
    `   connections  ${alive} of ${held} lived on, the longest silence ${time(longest)}; ` +
      `${tried - failed} of ${tried} new ones were served`,
    "",
    ...expectations.map((each) => `   ${line(each)}`),
  ].join("\n");
}

const silence = (gap: number): string =>
  gap === 0 ? "every probe was answered" : `no answer for ${time(gap)} at most`;

const time = (ms: number): string => `${Math.round(ms)} ms`;

const line = ({ text, held, found }: Expectation): string =>
  `${held ? "✓" : "✗"} ${text} (${found})`;

/** Who held the VIP when, a row for each director. */
function bars({ before, vip, duration }: Rehearsal, directors: readonly string[]): string[] {
  const steps = Math.ceil(duration / BAR_STEP_MS);
  const rows = directors.map((host) => {
    const bar = Array.from({ length: steps }, (_, step) => {
      const changes = vip.filter(({ at, host: who }) => who === host && at <= step * BAR_STEP_MS);
      return (changes.at(-1)?.on ?? before.includes(host)) ? HOLDS : NOT;
    });
    return `   ${host.padEnd(12)} ${bar.join("")}`;
  });
  const seconds = Array.from({ length: Math.ceil(duration / 1000) }, (_, s) => `${s}`.padEnd(4));
  return [...rows, `   ${"t in seconds".padEnd(12)} ${seconds.join("")}`.trimEnd()];
}

function timeline({ vip, events }: Rehearsal): string[] {
  const all = [
    ...vip.map(({ at, host, on }) => ({ at, who: host, what: on ? "VIP on" : "VIP off" })),
    ...events,
  ].toSorted((a, b) => a.at - b.at);
  return all.map(({ at, who, what }) => `   ${time(at).padStart(9)}  ${who.padEnd(5)} ${what}`);
}

function summary(rehearsals: readonly Rehearsal[]): string[] {
  const columns = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(42) : cell.padStart(13))).join("")}`;
  const rows = rehearsals.map(({ title, gap, connections, expectations }) => {
    const held = expectations.filter((each) => each.held).length;
    const { alive, held: all } = connections;
    return columns([title, time(gap), `${alive} of ${all}`, `${held} of ${expectations.length}`]);
  });
  return [columns(["fault", "no answer", "connections", "expectations"]), ...rows];
}

function verdict({ complete, rehearsals }: Outcome): string {
  if (!complete) return `✗ it broke off after ${rehearsals.length} rehearsals`;
  const all = rehearsals.flatMap(({ expectations }) => expectations);
  const broken = rehearsals.flatMap(({ title, expectations }) =>
    expectations.filter(({ held }) => !held).map((each) => `  ${title}: ${line(each)}`),
  );
  if (broken.length === 0) return `✓ all ${all.length} expectations held`;
  return [`✗ ${broken.length} of ${all.length} expectations did not hold:`, ...broken].join("\n");
}
