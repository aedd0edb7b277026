/** A metric: its name, what it means, and how its values are read of what is known. */
import type { ServiceSnapshot, Snapshot } from "../../core/director/snapshot-types.ts";
import type { HistogramReading } from "./histogram.ts";
import type { MetersReading } from "./meters.ts";

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  /** Labels of many samples, the same object: they are written out once. */
  readonly sharedLabels?: Labels;
  /** Of a histogram's parts: the name with its ending. */
  readonly metricName?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly samples: (known: Known) => readonly Sample[];
}

export interface Known {
  readonly snapshot: Snapshot;
  readonly meters: MetersReading;
  /** Unix time in seconds. */
  readonly now: number;
  readonly services: readonly LabelledService[];
  /** Servers that have series of their own. */
  readonly servers: readonly LabelledServer[];
  /** Servers that have none: there are too many. */
  readonly unlisted: number;
  readonly version: string;
  readonly process: {
    readonly residentBytes: number;
    readonly cpuSeconds: number;
    readonly startedAt: number;
  };
}

export interface LabelledService {
  readonly labels: Labels;
  readonly service: ServiceSnapshot;
}

export interface LabelledServer {
  readonly labels: Labels;
  readonly server: ServiceSnapshot["servers"][number];
}

type About = Omit<Family, "type" | "name">;

export const gauge = (name: string, help: string, samples: About["samples"]): Family => ({
  name,
  help,
  type: "gauge",
  samples,
});

/** The name ends in `_total`. */
export const counter = (name: string, help: string, samples: About["samples"]): Family => ({
  name,
  help,
  type: "counter",
  samples,
});

export const histogram = (
  name: string,
  help: string,
  read: (
    known: Known,
  ) => readonly { readonly labels: Labels; readonly reading: HistogramReading }[],
): Family => ({
  name,
  help,
  type: "histogram",
  samples: (known) =>
    read(known).flatMap(({ labels, reading }) => histogramSamples(name, labels, reading)),
});

/** Buckets are cumulative there. */
function histogramSamples(
  name: string,
  labels: Labels,
  { bounds, counts, sum }: HistogramReading,
): readonly Sample[] {
  let total = 0;
  const buckets = counts.map((count, i): Sample => {
    total += count;
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bounds[i] ?? "+Inf" },
      value: total,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}

export const truth = (value: boolean): number => (value ? 1 : 0);

/** A sample, or none where the value is unknown. */
export const known = (
  value: number | undefined,
  more: Omit<Sample, "value"> = {},
): readonly Sample[] => (value === undefined ? [] : [{ ...more, value }]);

/** The Unix time of what was so many milliseconds ago. */
export const timeOf = (now: number, agoMs: number): number =>
  Math.round((now - agoMs / 1000) * 1000) / 1000;
