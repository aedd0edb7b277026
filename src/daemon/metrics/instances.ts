/** Metrics of instances: their states, how those change, and where the VIPs stand. */
import type { InstanceSnapshot } from "../../core/director/snapshot-types.ts";
import { counter, type Family, gauge, type Known, type Sample, timeOf, truth } from "./family.ts";

const STATES = ["initialize", "backup", "master", "leaving", "fault"] as const;

const each = (tell: (one: InstanceSnapshot, known: Known) => Sample["value"]) => (known: Known) =>
  known.snapshot.instances.map((one) => ({
    labels: { name: one.name },
    value: tell(one, known),
  }));

const eachVip =
  (tell: (vip: InstanceSnapshot["vips"][number]) => boolean) =>
  ({ snapshot }: Known): readonly Sample[] =>
    snapshot.instances.flatMap(({ name, vips }) =>
      vips.map((vip) => ({
        labels: { name, vip: vip.vip, interface: vip.interface },
        value: truth(tell(vip)),
      })),
    );

export const INSTANCE_FAMILIES: readonly Family[] = [
  gauge(
    "baton_instance_state",
    "1 for the state that the instance is in, 0 for the others.",
    ({ snapshot }) =>
      snapshot.instances.flatMap(({ name, state }) =>
        STATES.map((one) => ({
          labels: { cluster: snapshot.cluster, name, state: one },
          value: truth(one === state),
        })),
      ),
  ),
  gauge(
    "baton_instance_state_changed_timestamp_seconds",
    "When the instance came to its state.",
    each(({ sinceMs }, { now }) => timeOf(now, sinceMs)),
  ),
  counter(
    "baton_instance_transitions_total",
    "Changes of an instance's state, by the new state and the cause.",
    ({ meters }) => meters.transitions.map(({ labels, count }) => ({ labels, value: count })),
  ),
  gauge(
    "baton_instance_priority",
    "The priority that the instance stands for election with.",
    each(({ effectivePriority }) => effectivePriority),
  ),
  gauge(
    "baton_instance_level",
    "1 where the connection table here is complete enough to take over.",
    each(({ level }) => truth(level)),
  ),
  gauge(
    "baton_instance_hold",
    "1 while this director stays away from the role because somebody said so.",
    each(({ holdMs }) => truth(holdMs !== undefined)),
  ),
  gauge(
    "baton_vip_present",
    "1 where the VIP stands on the interface, as the kernel says.",
    eachVip(({ present }) => present),
  ),
  gauge(
    "baton_vip_wanted",
    "1 where the VIP should stand here.",
    eachVip(({ wanted }) => wanted),
  ),
];
