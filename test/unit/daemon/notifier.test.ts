/** Who is told of an instance and of its group: programs with their words, lines of the pipe. */
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { Notify } from "../../../src/config/types.ts";
import type { Log } from "../../../src/daemon/log.ts";
import { createNotifier, type NotifiedState } from "../../../src/daemon/notifier.ts";
import { simConfig } from "../../sim/config.ts";
import { eventually } from "../../support/process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-notifier-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = new Proxy({}, { get: () => () => undefined }) as unknown as Log;

/** A program that writes its words down. */
const writes = (file: string, ...words: readonly string[]): readonly string[] => [
  "/bin/sh",
  "-c",
  `echo "$*" >>${join(folder, file)}`,
  "sh",
  ...words,
];

const told = (file: string): readonly string[] =>
  readFileSync(join(folder, file), "utf8").trimEnd().split("\n");

test("as keepalived has it: a group where all of it has come to a state", async () => {
  const sim = simConfig({ priorities: [150], vrrp: 3, instances: 2, grouped: true });
  const nobody = {
    master: [],
    backup: [],
    fault: [],
    stop: [],
    deleted: [],
    lowerPriority: [],
    priorityChanges: false,
    timeout: ms(5000),
    user: undefined,
  };
  const one: Notify = { ...nobody, any: writes("instances") };
  const all: Notify = { ...nobody, any: writes("group"), master: writes("group", "up") };
  const pipe = join(folder, "pipe");
  const notifier = createNotifier(
    {
      ...sim,
      notifyFifo: pipe,
      instances: sim.instances.map((instance) => ({ ...instance, notify: one })),
      groups: [{ name: "all", tracks: [], notify: all }],
    },
    silent,
  );
  const tell = (instance: string, state: NotifiedState, priority: number): string | undefined =>
    notifier.tell({ instance, state, priority, why: "" });
  tell("i1", "BACKUP", 140);
  tell("i0", "BACKUP", 150);
  tell("i0", "MASTER", 150);
  tell("i1", "MASTER", 140);
  tell("i1", "FAULT", 140);
  await notifier.settled();
  expect(told("group")).toEqual(["GROUP all BACKUP 0", "up", "GROUP all MASTER 0"]);
  expect([...told("instances")].sort()).toEqual([
    "INSTANCE i0 BACKUP 150",
    "INSTANCE i0 MASTER 150",
    "INSTANCE i1 BACKUP 140",
    "INSTANCE i1 FAULT 140",
    "INSTANCE i1 MASTER 140",
  ]);
  expect(await linesOf(pipe, 7)).toEqual([
    'INSTANCE "i1" BACKUP 140',
    'INSTANCE "i0" BACKUP 150',
    'GROUP "all" BACKUP 0',
    'INSTANCE "i0" MASTER 150',
    'INSTANCE "i1" MASTER 140',
    'GROUP "all" MASTER 0',
    'INSTANCE "i1" FAULT 140',
  ]);
  notifier.close();
});

test("a pipe for servers and quorums, which may be the same one", async () => {
  const pipe = join(folder, "services");
  const key = { kind: "address", protocol: "tcp", address: "10.9.9.100", port: 80 };
  const servers = [{ address: "fd00::1", port: 8080 }];
  const service = { name: "http", service: { key }, servers, own: [] } as never;
  const sim = simConfig({ priorities: [150] });
  const notifier = createNotifier(
    { ...sim, notifyFifo: pipe, serviceFifo: pipe, services: [service] },
    silent,
  );
  const down = { subject: "server", service: "http", server: "[fd00::1]:8080" } as const;
  notifier.tellService({ ...down, state: "down", why: "" });
  notifier.tellService({ subject: "quorum", service: "http", state: "lost", up: 0, wanted: 1 });
  notifier.tell({ instance: "i0", state: "MASTER", priority: 150, why: "" });
  expect(await linesOf(pipe, 3)).toEqual([
    "RS [fd00::1]:tcp:8080 [10.9.9.100]:tcp:80 DOWN",
    "VS [10.9.9.100]:tcp:80 DOWN",
    'INSTANCE "i0" MASTER 150',
  ]);
  notifier.close();
});

test("priorities and rivals, and an instance that leaves the file, only where they are asked for", async () => {
  const sim = simConfig({ priorities: [150], vrrp: 3, instances: 2 });
  const [first, second] = sim.instances;
  if (!first || !second) throw new Error("two instances");
  const notify: Notify = {
    ...first.notify,
    any: writes("any"),
    stop: writes("own", "stop"),
    deleted: writes("own", "deleted"),
    lowerPriority: writes("own", "rival"),
    priorityChanges: true,
  };
  const pipe = join(folder, "events");
  const quiet = { ...second, notify: { ...second.notify, stop: writes("other", "stop") } };
  const config = { ...sim, notifyFifo: pipe, instances: [{ ...first, notify }, quiet] };
  const notifier = createNotifier(config, silent);
  for (const instance of ["i0", "i1"]) {
    notifier.notice({ kind: "rivalled", instance, priority: 150 });
    notifier.notice({ kind: "reweighed", instance, state: "MASTER", priority: 90 });
  }
  notifier.removing(["i0", "i1"]);
  for (const instance of ["i0", "i1"]) {
    notifier.tell({ instance, state: "STOP", priority: 90, why: "" });
  }
  notifier.tell({ instance: "i0", state: "STOP", priority: 90, why: "" });
  await notifier.settled();
  expect(told("own")).toEqual(["rival", "deleted", "stop"]);
  expect(told("any")).toEqual(["INSTANCE i0 DELETED 90", "INSTANCE i0 STOP 90"]);
  expect(told("other")).toEqual(["stop"]);
  expect(await linesOf(pipe, 6)).toEqual([
    'INSTANCE "i0" MASTER_RX_LOWER_PRI 150',
    'INSTANCE "i0" MASTER_PRIORITY 90',
    'INSTANCE "i1" MASTER_RX_LOWER_PRI 150',
    'INSTANCE "i0" DELETED 90',
    'INSTANCE "i1" STOP 90',
    'INSTANCE "i0" STOP 90',
  ]);
  notifier.close();
});

async function linesOf(pipe: string, count: number): Promise<readonly string[]> {
  await eventually("the pipe", () => existsSync(pipe));
  const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(4096);
  let text = "";
  await eventually("the lines", () => {
    try {
      text += buffer.toString("utf8", 0, readSync(fd, buffer));
    } catch {
      // Nothing yet.
    }
    return text.split("\n").length > count;
  });
  closeSync(fd);
  return text.trimEnd().split("\n");
}
