/** Tracks and what they mean to an instance: exactly one subject each, names that exist. */
import { error, type Place, type Problem } from "./report.ts";
import type { FileConfig, FileInstance, FileTrack } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import type { Processes, Track, TrackSubject, TrackUse } from "./track-types.ts";
import type { Group } from "./types.ts";

const SUBJECTS = "interface, script, file or process";

export const resolveTracks = (tracks: FileConfig["tracks"], problems: Problem[]): Track[] =>
  Object.entries(tracks).flatMap(([name, track]) => {
    const subject = subjectOf(name, track, problems);
    if (!subject) return [];
    const { interval, timeout, rise, fall, startsFailed } = track;
    if (startsFailed && subject.kind !== "script") {
      problems.push(error(["tracks", name, "startsFailed"], "is for a script"));
    }
    return [{ name, subject, interval, timeout: timeout ?? interval, rise, fall, startsFailed }];
  });

function subjectOf(name: string, track: FileTrack, problems: Problem[]): TrackSubject | undefined {
  const { interface: link, script, file: path, process, user } = track;
  const subjects: TrackSubject[] = [
    ...(link === undefined ? [] : [{ kind: "interface" as const, interface: link }]),
    ...(script === undefined ? [] : [{ kind: "script" as const, command: script, user }]),
    ...(path === undefined ? [] : [{ kind: "file" as const, path }]),
    ...(process === undefined ? [] : [processesOf(name, process, problems)]),
  ];
  const place = ["tracks", name];
  const [subject] = subjects;
  if (subjects.length !== 1) {
    const found = subjects.length === 0 ? "nothing" : subjects.map(({ kind }) => kind).join(", ");
    problems.push(error(place, `names ${found}: write one of ${SUBJECTS}`));
  }
  if (subject?.kind === "script" && subject.command.length === 0) {
    problems.push(error([...place, "script"], "is an empty list: there is nothing to run"));
  }
  if (user !== undefined && subject?.kind !== "script") {
    problems.push(error([...place, "user"], "is for a script: nothing else is run"));
  }
  return subject;
}

function processesOf(
  track: string,
  process: NonNullable<FileTrack["process"]>,
  problems: Problem[],
): TrackSubject {
  if (typeof process === "string") {
    return { kind: "process", by: { kind: "name", name: process }, min: 1, max: undefined };
  }
  const place = ["tracks", track, "process"];
  const { name, command, match, min, max } = process;
  if ((name === undefined) === (command === undefined)) {
    problems.push(error(place, "needs either the name or the command of a process"));
  }
  if (command?.length === 0) problems.push(error([...place, "command"], "is an empty list"));
  if (max !== undefined && max < min) {
    problems.push(error([...place, "max"], `${max} is less than min, ${min}`));
  }
  const by: Processes["by"] =
    name === undefined ? { kind: "command", words: command ?? [], match } : { kind: "name", name };
  return { kind: "process", by, min, max };
}

export const resolveGroups = (file: FileConfig, problems: Problem[]): Group[] =>
  Object.entries(file.groups).map(([name, { track, notify }]) => ({
    name,
    tracks: resolveUses(["groups", name], track, file.tracks, problems),
    notify: { ...NOTHING, ...notify, user: notify.user },
  }));

/** What only instances have. */
const NOTHING = { deleted: [], lowerPriority: [], priorityChanges: false } as const;

export function resolveUses(
  place: Place,
  uses: FileInstance["track"],
  tracks: FileConfig["tracks"],
  problems: Problem[],
): TrackUse[] {
  const names = Object.keys(tracks);
  return uses.flatMap((use, i) => {
    const { name, weight, reverse } =
      typeof use === "string" ? { name: use, weight: undefined, reverse: false } : use;
    const found = Object.hasOwn(tracks, name) ? tracks[name] : undefined;
    if (!found) {
      const message = `there is no track ${name}${didYouMean(name, names)}`;
      problems.push(error([...place, "track", i], message));
      return [];
    }
    return [{ track: name, weight: weight ?? (found.file === undefined ? 0 : 1), reverse }];
  });
}
