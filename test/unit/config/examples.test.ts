/** The files that users start from are valid, complete, and in step with the schema. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { formatProblems } from "../../../src/config/report.ts";
import { jsonSchema } from "../../../src/config/schema.ts";

const read = (file: string): string =>
  readFileSync(new URL(`../../../etc/${file}`, import.meta.url), "utf8");

describe("files below etc/", () => {
  it.each(["baton.yaml", "examples/dr.yaml", "examples/nat.yaml", "examples/tunnel.yaml"])(
    "%s is valid, without even a note",
    (file) => {
      const loaded = parse(read(file));
      expect(formatProblems(loaded.problems, file)).toBe("");
      expect(loaded.kind).toBe("valid");
    },
  );

  it("etc/baton.yaml shows every key, with its default where it is commented out", () => {
    const text = read("baton.yaml");
    for (const [key, fallback] of keysOf(jsonSchema())) {
      expect(text).toMatch(new RegExp(`\\b${key}\\b`));
      const shown = typeof fallback === "string" && !SHOWN_OTHERWISE.has(key);
      if (shown) expect(text).toMatch(new RegExp(`^ *(# +)?${key}: ${fallback}$`, "m"));
    }
  });

  // Rewritten by `npx vitest run -u`.
  it("etc/baton.schema.json is the schema's", async () => {
    const text = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../../etc/baton.schema.json");
  });
});

/** Written out, as they are what one chooses first. */
const SHOWN_OTHERWISE = new Set(["forward"]);

type Schema = Readonly<Record<string, unknown>>;

/** Every key of the file with its default. */
function* keysOf(schema: Schema): Generator<readonly [key: string, fallback: unknown]> {
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      for (const [name, inner] of Object.entries(value as Schema)) {
        yield [name, (inner as Schema)["default"]];
      }
    }
    const inners = Object.values(typeof value === "object" && value !== null ? value : {});
    const schemas = key === "properties" || key === "anyOf" ? inners : [value];
    for (const inner of schemas) if (typeof inner === "object") yield* keysOf(inner as Schema);
  }
}
