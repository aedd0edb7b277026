/** No line vanishes: whatever stands in a file is in the account, once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Line } from "../../../../src/config/import/ledger.ts";
import { keepalivedFiles } from "../../../support/foreign-files.ts";
import { importTexts } from "./read.ts";

/** Of each program's files; more than these by `BATON_IMPORT_RUNS`. */
const RUNS = Number(process.env["BATON_IMPORT_RUNS"] ?? 200);
const PATIENCE = 1000 * RUNS;

const isStatement = (line: string): boolean => /^\s*[^\s#!{}]/.test(line);

describe("keepalived.conf", () => {
  test(
    "every line that says something is told, of every file; the rest is silent",
    () => {
      fc.assert(
        fc.property(keepalivedFiles, ({ files, said }) => {
          const { lines } = importTexts(files, { files: ["a.conf"] });
          const told = new Set(lines.map(({ origin }) => `${origin.file}:${origin.line}`));
          expect([...told].sort()).toEqual([...said].sort());
          const places = lines.map(
            ({ origin }) => `${origin.file}:${origin.line}:${origin.column}`,
          );
          expect(new Set(places).size).toBe(places.length);
          expect(lines.every(isExplained)).toBe(true);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE,
  );
});

const isExplained = ({ verdict, reasons }: Line): boolean =>
  verdict === "taken" || reasons.length > 0;

/** Lines as they are, one statement each. */
function told(name: string, text: readonly string[]): void {
  const { lines } = importTexts({ [name]: text.join("\n") });
  const said = text.flatMap((line, i) => (isStatement(line) ? [i + 1] : []));
  expect(lines.map(({ origin }) => origin.line)).toEqual(said);
  expect(lines.every(isExplained)).toBe(true);
}

const words = (text: string): fc.Arbitrary<string> => fc.constantFrom(...text.split(" "));

describe("lvs.cf", () => {
  const value = words("0 1 80 http tcp 10.0.0.1 255.255.255.0 eth0:1 wlc x /bin/true 010 bogus");
  const line = (keys: string): fc.Arbitrary<string> =>
    fc
      .tuple(words(keys), fc.array(value, { minLength: 1, maxLength: 2 }))
      .map(([key, rest]) => `${key} = ${rest.join(" ")}`);
  const block = (head: string, body: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string[]> =>
    body.map((inner) => [`${head} {`, ...inner.map((one) => `  ${one}`), "}", "# said"]);
  const server = block("server s", fc.array(line("address active weight port nmask bogus")));
  const virtual = block(
    "virtual v",
    fc
      .tuple(
        fc.array(line("active address port protocol scheduler send expect fwmark timeout bogus")),
        fc.array(server, { maxLength: 2 }),
      )
      .map(([lines, servers]) => [...lines, ...servers.flat()]),
  );
  const top = fc.array(line("primary backup backup_active keepalive deadtime network sync bogus"));

  test(
    "every line that says something is told once",
    () => {
      fc.assert(
        fc.property(top, fc.array(virtual, { maxLength: 3 }), (lines, virtuals) => {
          told("lvs.cf", ["serial_no = 1", ...lines, ...virtuals.flat()]);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE,
  );
});

describe("ldirectord.cf", () => {
  const value = words("yes no 5 http 10.0.0.1:80 [fd00::1]:80 10.0.0.1->10.0.0.3:80 wlc masq x");
  const line = (keys: string): fc.Arbitrary<string> =>
    fc
      .tuple(words(keys), fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([key, rest]) => `${key} = ${rest.join(" ")}`);
  const virtual = fc
    .tuple(
      words("10.0.0.9:80 [fd00::9]:80 7 nonsense"),
      fc.array(
        line("real service checktype checkport scheduler quiescent fallback emailalert load bogus"),
      ),
    )
    .map(([where, lines]) => [`virtual = ${where}`, ...lines.map((one) => `\t${one}`), ""]);
  const top = fc.array(
    line("checktimeout checkinterval quiescent fallback emailalert smtp fork bogus"),
  );

  test(
    "every line that says something is told once",
    () => {
      fc.assert(
        fc.property(top, fc.array(virtual, { minLength: 1, maxLength: 4 }), (lines, virtuals) => {
          told("ldirectord.cf", [...lines, "# said", ...virtuals.flat()]);
        }),
        { numRuns: RUNS },
      );
    },
    PATIENCE,
  );
});
