/** Metrics as text, read back the strict way: what Prometheus and promtool would complain about. */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetrics {
  /** Family → type. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ReadSample[];
  readonly complaints: readonly string[];
}

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const SAMPLE = /^([a-z0-9_]+)(?:\{(.*)\})? (-?[0-9.e+-]+|\+Inf)$/;
const LABEL = /([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;
/** Of what is not a base unit. */
const UNITS = /_(ms|millis|milliseconds|minutes|kilobytes|kb|percent)(_|$)/;

export function readMetrics(text: string): ReadMetrics {
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples: ReadSample[] = [];
  const complaints: string[] = [];
  const seen = new Set<string>();
  if (!text.endsWith("\n")) complaints.push("the last line does not end");
  for (const line of text.trimEnd().split("\n")) {
    const [, keyword, family = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") helps.add(family);
    else if (keyword === "TYPE") complaints.push(...aboutFamily(family, rest, types, helps));
    else {
      const sample = readSample(line);
      const key = line.slice(0, line.lastIndexOf(" "));
      if (!sample) complaints.push(`not a sample: ${line}`);
      else if (seen.has(key)) complaints.push(`twice: ${key}`);
      else if (!types.has(familyOf(sample.name, types))) complaints.push(`no type: ${line}`);
      if (sample) samples.push(sample);
      seen.add(key);
    }
  }
  return { types, samples, complaints };
}

function aboutFamily(
  family: string,
  type: string,
  types: Map<string, string>,
  helps: ReadonlySet<string>,
): readonly string[] {
  const wrong = [
    !NAME.test(family) && "is no name",
    types.has(family) && "is there twice",
    !helps.has(family) && "has no help",
    UNITS.test(family) && "has a unit that is no base unit",
    (type === "counter") !== family.endsWith("_total") && "ends in _total, or is a counter: both",
    /_(bucket|count|sum|info_.*)$/.test(family) && "has the ending of a histogram",
    family.includes(type) && "has its type in its name",
  ];
  types.set(family, type);
  return wrong.flatMap((what) => (what === false ? [] : [`${family} ${what}`]));
}

const familyOf = (name: string, types: ReadonlyMap<string, string>): string => {
  const family = name.replace(/_(bucket|sum|count)$/, "");
  return types.get(family) === "histogram" ? family : name;
};

function readSample(line: string): ReadSample | undefined {
  const [, name, inside = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const labels = [...inside.matchAll(LABEL)];
  const length = labels.reduce((sum, [whole]) => sum + whole.length, 0);
  if (length !== inside.length) return undefined;
  return {
    name,
    labels: Object.fromEntries(labels.map(([, key = "", text = ""]) => [key, text])),
    value: Number(value.replace("+Inf", "Infinity")),
  };
}
