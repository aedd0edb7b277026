/** The command line as data. */
import { describe } from "../../../src/cli/describe.ts";
import { build } from "../../../src/cli/program.ts";

const silent = { out: () => undefined, err: () => undefined, colour: false, columns: 80 };

export const program = describe(build(silent, async () => undefined));
