/** Never ends, for the test of the time limit. */
import { emit } from "./report.ts";

emit({ kind: "hanging" });
setInterval(() => {}, 1000);
