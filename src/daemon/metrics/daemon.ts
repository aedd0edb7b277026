/** Metrics of the daemon and its kernel: configuration, loop, repairs, connection sync, process. */
import type { SyncSnapshot } from "../../core/director/snapshot-types.ts";
import {
  counter,
  type Family,
  gauge,
  histogram,
  type Known,
  known,
  type Sample,
  timeOf,
  truth,
} from "./family.ts";

const ROLES = ["master", "backup"] as const;

const eachRole =
  (tell: (sync: SyncSnapshot) => readonly string[]) =>
  ({ snapshot: { sync } }: Known): readonly Sample[] =>
    sync === undefined
      ? []
      : ROLES.map((role) => ({ labels: { role }, value: truth(tell(sync).includes(role)) }));

const CONFIGURATION: readonly Family[] = [
  gauge("baton_info", "Always 1; who this is.", ({ snapshot, version }) => [
    {
      labels: {
        version,
        director: snapshot.director,
        cluster: snapshot.cluster,
        transport: snapshot.heartbeat.transport,
      },
      value: 1,
    },
  ]),
  gauge("baton_config_info", "Always 1; the configuration that runs.", ({ snapshot }) => [
    { labels: { digest: snapshot.configDigest }, value: 1 },
  ]),
  gauge(
    "baton_config_loaded_timestamp_seconds",
    "Since when this configuration runs.",
    ({ snapshot, now }) => [{ value: timeOf(now, snapshot.configuration.loadedAgoMs) }],
  ),
  gauge(
    "baton_config_last_reload_successful",
    "0 where the last reload was refused; 1 also where there was none.",
    ({ snapshot }) => [{ value: truth(snapshot.configuration.lastReload?.done ?? true) }],
  ),
  gauge(
    "baton_config_last_reload_timestamp_seconds",
    "When a reload was last asked for; nothing where there was none.",
    ({ snapshot: { configuration }, now }) => {
      const { lastReload } = configuration;
      return known(lastReload && timeOf(now, lastReload.agoMs));
    },
  ),
  gauge(
    "baton_config_unconfirmed",
    "1 while the configuration goes back by itself unless somebody confirms it.",
    ({ snapshot }) => [{ value: truth(snapshot.configuration.goesBackInMs !== undefined) }],
  ),
];

const KERNEL: readonly Family[] = [
  gauge("baton_ipvs_usable", "1 where the kernel's IPVS can be used.", ({ snapshot }) => [
    { value: truth(snapshot.ipvs.problem === undefined) },
  ]),
  gauge(
    "baton_ipvs_read_timestamp_seconds",
    "When the kernel's table was last read; its counters are of then.",
    ({ snapshot: { ipvs }, now }) =>
      known(ipvs.readAgoMs === undefined ? undefined : timeOf(now, ipvs.readAgoMs)),
  ),
  counter(
    "baton_repairs_total",
    "What was not as it should be in the kernel, and was put right.",
    ({ meters }) => [{ value: meters.repairs }],
  ),
  gauge(
    "baton_sync_wanted",
    "1 for the roles that the sync daemon should have.",
    eachRole(({ wanted }) => wanted),
  ),
  gauge(
    "baton_sync_running",
    "1 for the roles that the kernel's sync daemon has.",
    eachRole(({ running }) => running),
  ),
  counter(
    "baton_resync_passes_total",
    "Passes through the connection table that taught others, by kind and outcome.",
    ({ meters }) => meters.passes.map(({ labels, count }) => ({ labels, value: count })),
  ),
  counter("baton_resync_records_total", "Connections that those passes sent.", ({ meters }) =>
    meters.records.map(({ labels, count }) => ({ labels, value: count })),
  ),
  gauge(
    "baton_resync_running_seconds",
    "How long the pass that runs now has run; nothing where none does.",
    ({ snapshot: { sync } }) => {
      const runningMs = sync?.resync.runningMs;
      return known(runningMs === undefined ? undefined : runningMs / 1000);
    },
  ),
  gauge(
    "baton_resync_learning_seconds",
    "How long the instance has been learning the connections of its master; 0 where it is not.",
    ({ snapshot: { sync, instances } }) =>
      sync === undefined
        ? []
        : instances.map(({ name }) => {
            const lesson = sync.resync.learning.find(({ instance }) => instance === name);
            return { labels: { name }, value: (lesson?.forMs ?? 0) / 1000 };
          }),
  ),
];

const PROCESS: readonly Family[] = [
  histogram("baton_loop_lag_seconds", "How late the loop's timer came.", ({ meters }) => [
    { labels: {}, reading: meters.lag },
  ]),
  gauge(
    "baton_loop_lag_recent_max_seconds",
    "How late the loop's timer came at worst within the last one to two minutes.",
    ({ snapshot }) => [{ value: snapshot.loop.recentLagMs / 1000 }],
  ),
  gauge("baton_alarms", "What `baton status` shows as ALARM, counted.", ({ snapshot }) => [
    { value: snapshot.alarms.length },
  ]),
  gauge("process_resident_memory_bytes", "Resident memory.", (all) => [
    { value: all.process.residentBytes },
  ]),
  counter("process_cpu_seconds_total", "Processor time of user and system.", (all) => [
    { value: all.process.cpuSeconds },
  ]),
  gauge("process_start_time_seconds", "When the process began.", (all) => [
    { value: all.process.startedAt },
  ]),
];

export const DAEMON_FAMILIES: readonly Family[] = [...CONFIGURATION, ...KERNEL, ...PROCESS];
