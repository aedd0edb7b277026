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

  // Rewritten by `npx vitest run -u`.
  it("etc/baton.schema.json is the schema's", async () => {
    const text = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../../etc/baton.schema.json");
  });
});
