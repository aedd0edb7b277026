/** Rules about what the file says of groups. */
import { error, type Problem, warning } from "../report.ts";
import { didYouMean } from "../suggest.ts";
import type { Config, Group } from "../types.ts";

export const checkGroups = (config: Config): Problem[] =>
  config.groups.flatMap((group) => [...empty(group, config), ...countedTwice(group, config)]);

function empty({ name }: Group, { instances }: Config): Problem[] {
  const named = instances.flatMap(({ group }) => (group === undefined ? [] : [group]));
  if (named.includes(name)) return [];
  const message = `no instance is in the group ${name}${didYouMean(name, named)}`;
  const remedy = `Write \`group: ${name}\` in its instances.`;
  return [warning(["groups", name], message, { onKey: true, remedy })];
}

/** A weight of one member counts for all of them already. */
const countedTwice = (group: Group, { instances }: Config): Problem[] =>
  instances
    .filter((instance) => instance.group === group.name)
    .flatMap(({ name, tracks }) =>
      tracks.flatMap(({ track }, i) => {
        if (!group.tracks.some((use) => use.track === track)) return [];
        const message = `${track} is tracked by the group ${group.name} already`;
        return [error(["instances", name, "track", i], message, { remedy: "Leave it out." })];
      }),
    );
