import { startPair } from "./pair.ts";
import { sleep } from "../support/process.ts";
const pair = await startPair("baton", { interval: 250 });
await sleep(20000);
await pair.running("lb2")?.stop();
await pair.running("lb1")?.stop();
await pair.close();
process.exit(0);
