/** The thread that delivers: what becomes of a parcel when it dies, and of the next one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { Parcel } from "../../../src/courier/messages.ts";
import { createCourier } from "../../../src/daemon/courier.ts";

/** It does what the parcel's secret says. */
const THREAD = `import { parentPort } from "node:worker_threads";
parentPort.on("message", ({ id, parcel }) => {
  if (parcel.secret === "crash") throw new Error("out of order");
  if (parcel.secret === "exit") process.exit(3);
  if (parcel.secret === "say") parentPort.postMessage({ id, outcome: { kind: "delivered" } });
});
`;

let folder: string;
let entry: URL;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-courier-"));
  const file = join(folder, "thread.mjs");
  writeFileSync(file, THREAD);
  entry = pathToFileURL(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parcel = (secret: string): Parcel => ({
  sink: {
    kind: "webhook",
    url: "http://nobody.example/",
    headers: {},
    tokenFile: undefined,
    verify: true,
    caFile: undefined,
  },
  letter: { subject: "", text: "", json: "" },
  secret,
  timeout: ms(60_000),
});

test.each([
  ["crash", "the courier has failed: out of order"],
  ["exit", "the courier's thread has ended"],
])("a thread that dies (%s) fails all that it had, and another one delivers", async (how, why) => {
  const courier = createCourier(entry);
  const waits = courier.deliver(parcel("wait"));
  const dies = courier.deliver(parcel(how));
  const failed = { kind: "failed", why, again: true };
  expect(await Promise.all([waits, dies])).toEqual([failed, failed]);
  expect(await courier.deliver(parcel("say"))).toEqual({ kind: "delivered" });
  courier.close();
});

test("what is under way when baton ends has failed, and a thread can not be made without a file", async () => {
  const courier = createCourier(entry);
  const waits = courier.deliver(parcel("wait"));
  courier.close();
  expect(await waits).toMatchObject({ kind: "failed", again: true });
  const without = createCourier(new URL("gone.mjs", entry));
  expect(await without.deliver(parcel("say"))).toMatchObject({ kind: "failed", again: true });
  without.close();
});
