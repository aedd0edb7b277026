/** The text that Prometheus reads: its form, its values, and how long the loop waits for it. */
import { expect, test } from "vitest";
import type { ServiceSnapshot, Snapshot } from "../../../../src/core/director/snapshot-types.ts";
import { exposition } from "../../../../src/daemon/metrics/exposition.ts";
import { FAMILIES, MAX_LISTED_SERVERS } from "../../../../src/daemon/metrics/families.ts";
import { createMeters } from "../../../../src/daemon/metrics/meters.ts";
import { readMetrics } from "../../../support/metrics.ts";
import { SNAPSHOT } from "../../../support/snapshot.ts";

const [SERVICE] = SNAPSHOT.services;
const [SERVER] = SERVICE?.servers ?? [];
if (!SERVICE || !SERVER) throw new TypeError("the snapshot has no server");

const FULL: Snapshot = {
  ...SNAPSHOT,
  discarded: { replayed: 3, 'odd "reason"\\\n': 1 },
  services: [
    {
      ...SERVICE,
      health: {
        quorum: "lost",
        quorumSinceMs: 1000,
        wanted: 1,
        hysteresis: 0,
        fallback: true,
        doubtMs: undefined,
        local: false,
      },
      servers: [
        {
          ...SERVER,
          health: {
            ...SERVER.health,
            state: "down",
            checks: [
              {
                kind: "https",
                verdict: "down",
                answer: {
                  ok: false,
                  reason: "no answer",
                  warning: "the certificate ends in 3 days",
                  run: 2,
                  needed: 2,
                  latencyMs: 12.5,
                  agoMs: 100,
                },
                nextMs: 900,
              },
            ],
          },
        },
      ],
    },
  ],
};

/** `NAME{LABELS}` → value, in the order of the labels in the text. */
async function told(snapshot: Snapshot): Promise<ReadonlyMap<string, number>> {
  const { samples, complaints } = readMetrics(await exposition(snapshot, createMeters().read()));
  expect(complaints).toEqual([]);
  const keyOf = (labels: Readonly<Record<string, string>>): string =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  return new Map(samples.map(({ name, labels, value }) => [`${name}{${keyOf(labels)}}`, value]));
}

test("what a snapshot says", async () => {
  const values = await told(FULL);
  const expected: Readonly<Record<string, number>> = {
    "baton_instance_state{cluster=lb1-lb2,name=web,state=master}": 1,
    "baton_instance_state{cluster=lb1-lb2,name=web,state=backup}": 0,
    "baton_vip_present{name=web,vip=192.168.60.100/32,interface=eth0}": 1,
    "baton_peer_alive{director=lb2}": 1,
    "baton_peer_heartbeats_lost{director=lb2,path=0}": 10,
    "baton_datagrams_refused_total{reason=replayed}": 3,
    "baton_service_quorum{service=http}": 0,
    "baton_service_fallback{service=http}": 1,
    "baton_service_servers{state=down,service=http}": 1,
    "baton_service_packets_total{direction=in,service=http}": 120_000,
    "baton_server_up{service=http,server=192.168.60.136:80}": 0,
    "baton_server_open_connections{state=active,service=http,server=192.168.60.136:80}": 12,
    "baton_server_connections_total{service=http,server=192.168.60.136:80}": 6000,
    "baton_check_latency_seconds{check=0,kind=https,service=http,server=192.168.60.136:80}": 0.0125,
    "baton_check_warning{check=0,kind=https,service=http,server=192.168.60.136:80}": 1,
    "baton_sync_running{role=master}": 1,
    "baton_sync_running{role=backup}": 0,
    "baton_config_info{digest=00112233aabbccdd}": 1,
    "baton_config_last_reload_successful{}": 1,
    "baton_loop_lag_recent_max_seconds{}": 0.0008,
    "baton_servers_unlisted{}": 0,
  };
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, values.get(key)]));
  expect(found).toEqual(expected);
  const since = values.get("baton_instance_state_changed_timestamp_seconds{name=web}") ?? 0;
  expect(Date.now() / 1000 - since).toBeCloseTo(11_520, 0);
});

test("every family has its place in the text, and names are no one's twice", async () => {
  const { types } = readMetrics(await exposition(FULL, createMeters().read()));
  expect([...types.keys()]).toEqual(FAMILIES.map(({ name }) => name));
});

test("the judge of the form sees what is wrong", () => {
  const wrong = [
    "# HELP a b\n# TYPE a counter\na 1\n",
    "# TYPE a gauge\na 1\n",
    "# HELP a_ms b\n# TYPE a_ms gauge\n",
    "# HELP a b\n# TYPE a gauge\na{b=c} 1\n",
    '# HELP a b\n# TYPE a gauge\na{b="1"} 1\na{b="1"} 2\n',
    "a 1\n",
    "# HELP a b\n# TYPE a gauge\na 1",
  ];
  for (const text of wrong) expect(readMetrics(text).complaints, text).toHaveLength(1);
});

const manyServices = (services: number, servers: number): readonly ServiceSnapshot[] =>
  Array.from({ length: services }, (_, i) => ({
    ...SERVICE,
    name: `service-${i}`,
    servers: Array.from({ length: servers }, (_server, j) => ({
      ...SERVER,
      address: `10.${i >> 8}.${i & 255}.${j}`,
    })),
  }));

/** How many turns the loop takes while something is done. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const look = (): void => {
    turns++;
    if (!done) setImmediate(look);
  };
  look();
  await work();
  done = true;
  return turns;
}

test("servers beyond the limit are counted, by whole services", async () => {
  const values = await told({ ...SNAPSHOT, services: manyServices(1000, 3) });
  const listed = [...values.keys()].filter((key) => key.startsWith("baton_server_up"));
  expect(listed).toHaveLength(MAX_LISTED_SERVERS - (MAX_LISTED_SERVERS % 3));
  expect(values.get("baton_servers_unlisted{}")).toBe(3000 - listed.length);
  expect(values.get("baton_service_connections_total{service=service-999}")).toBe(12_000);
});

test("others have their turn after each few hundred samples", async () => {
  const [instance] = SNAPSHOT.instances;
  if (!instance) throw new TypeError("the snapshot has no instance");
  const instances = Array.from({ length: 255 }, (_, i) => ({ ...instance, name: `web-${i}` }));
  const snapshot = { ...SNAPSHOT, instances, services: manyServices(1000, 10) };
  let text = "";
  const turns = await turnsOf(async () => {
    text = await exposition(snapshot, createMeters().read());
  });
  // One for each family, and one more for each 500 samples of the long ones.
  const samples = text.split("\n").length - 2 * FAMILIES.length;
  expect(samples).toBeGreaterThan(20_000);
  expect(turns).toBeGreaterThanOrEqual(Math.max(FAMILIES.length, samples / 500));
});
