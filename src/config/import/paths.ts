/** Paths and globs of includes; the caller's functions look at the disk. */
import type { Files } from "./types.ts";

export const folderOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
};

export const within = (folder: string, path: string): string =>
  path.startsWith("/") || folder === "." ? path : `${folder === "/" ? "" : folder}/${path}`;

const MAX_BRACES = 256;

/** `a{b,c}` is `ab` and `ac`. */
function braced(pattern: string): readonly string[] {
  const [whole, inner = ""] = /\{([^{}]*,[^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const all = inner.split(",").flatMap((one) => braced(pattern.replace(whole, () => one)));
  return all.slice(0, MAX_BRACES);
}

const isGlob = (text: string): boolean => /[*?[]/.test(text);

/** Files that a pattern names, in the order of their names. One without wildcards is itself. */
export function expandGlob(pattern: string, files: Files): readonly string[] {
  return braced(pattern).flatMap((one) => {
    if (!isGlob(one)) return [one];
    const steps = one.split("/");
    return steps.reduce<readonly string[]>(
      (found, step, i) => found.flatMap((path) => matches(path, step, i, files)),
      [""],
    );
  });
}

function matches(path: string, step: string, i: number, files: Files): readonly string[] {
  const join = (name: string): string => (i === 0 ? name : `${path}/${name}`);
  if (!isGlob(step)) return [join(step)];
  const folder = i === 0 ? "." : path === "" ? "/" : path;
  const shape = new RegExp(`^${shapeOf(step)}$`);
  return files
    .list(folder)
    .filter((name) => (step.startsWith(".") || !name.startsWith(".")) && shape.test(name))
    .toSorted()
    .map(join);
}

const shapeOf = (step: string): string =>
  step.replaceAll(/\[!?[^\]]*\]|[*?]|[^\w]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 2) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    return `\\${part}`;
  });
