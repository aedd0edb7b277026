const root = process.argv[2];
const { measureCost } = await import(`${root}/test/bench/cost.ts`);
for (const job of [{ interval: 250, instances: 1 }]) console.log(JSON.stringify(await measureCost("baton", job, 20)));
process.exit(0);
