/** The daemon's commands, `run` and `release`, without the command line around them. */
import { main } from "../../../src/daemon/main.ts";

process.exit(await main(process.argv.slice(2)));
