/** A stretch of seeds of the chaos simulation: `soak FIRST COUNT`; a line of JSON for each problem. */
import { chaos } from "../sim/chaos.ts";

const [first = "1", count = "1"] = process.argv.slice(2);
const end = Number(first) + Number(count);
for (let seed = Number(first); seed < end; seed++) {
  const { problems } = chaos(seed);
  if (problems.length > 0) console.log(JSON.stringify({ seed, problems }));
}
