/** What is tracked, looked at for real: scripts and processes of this host. */
import { expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { Track } from "../../../src/config/track-types.ts";
import type { TrackVerdict } from "../../../src/core/director/types.ts";
import { createTracker } from "../../../src/daemon/tracker.ts";
import { simConfig } from "../../sim/config.ts";
import { eventually } from "../../support/process.ts";

const base = { interval: ms(100), timeout: ms(5000), rise: 2, fall: 1, startsFailed: false };

/** Until something holds; what was told of each, in its order. */
async function told(...tracks: readonly Track[]): Promise<Record<string, readonly string[]>> {
  const verdicts: Record<string, string[]> = {};
  const tracker = createTracker({
    config: { ...simConfig({ priorities: [150] }), tracks },
    network: { link: () => undefined },
    runs: new Map(),
    onVerdict: (track, { holds, why }: TrackVerdict) => {
      (verdicts[track] ??= []).push(`${holds ? "holds" : "failed"}: ${why}`);
    },
  });
  tracker.start();
  await eventually("all are told", () =>
    tracks.every(({ name, startsFailed }) =>
      verdicts[name]?.some((line) => !startsFailed || line.startsWith("holds")),
    ),
  );
  tracker.close();
  return verdicts;
}

const script: Track = {
  ...base,
  name: "script",
  subject: { kind: "script", command: ["/bin/true"], user: undefined },
};

test("a first answer decides, unless the script starts as failed", async () => {
  expect(await told(script)).toEqual({ script: ["holds: /bin/true ended with 0"] });
  expect(await told({ ...script, startsFailed: true })).toEqual({
    script: ["failed: was not seen to hold yet", "holds: /bin/true ended with 0"],
  });
});

test("so many processes, and no more", async () => {
  const by = { kind: "command", words: [process.argv0], match: "initial" } as const;
  const several = (name: string, min: number, max?: number): Track => ({
    ...base,
    name,
    subject: { kind: "process", by, min, max },
  });
  const found = await told(several("one", 1), several("many", 5000), several("none", 0, 0));
  expect(found["one"]).toEqual([`holds: at least 1 of ${process.argv0} run`]);
  expect(found["many"]?.[0]).toMatch(/^failed: \d+ of /);
  expect(found["none"]).toEqual([`failed: at least 1 of ${process.argv0} run`]);
});
