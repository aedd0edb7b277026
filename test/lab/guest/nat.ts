/** The story of a nat pair: the servers' gateway moves with the address that the clients know. */
import { eventually, sleep } from "../../support/process.ts";
import { buildPair, INTERVAL_MS, level, type Pair, survive } from "./pair.ts";
import { emit, main } from "./report.ts";
import { DIRECTORS, INSIDE_VIP, VIP } from "./topology.ts";

/** Which director holds which of the two VIPs. */
async function vips(pair: Pair): Promise<readonly string[]> {
  const found = DIRECTORS.flatMap((host) =>
    [VIP, INSIDE_VIP].map(async (vip) =>
      (await pair.network.holds(host, vip)) ? [`${host} ${vip}`] : [],
    ),
  );
  return (await Promise.all(found)).flat();
}

async function loss(pair: Pair): Promise<void> {
  emit({
    kind: "loss",
    ...(await survive(pair, async () => {
      // The kernel keeps what it has to send for two seconds at most.
      await sleep(3 * INTERVAL_MS);
      pair.network.isolate("lb1");
      await eventually("lb2 takes over", async () => (await pair.holders()).includes("lb2"), {
        timeout: 10 * INTERVAL_MS,
      });
      return {};
    })),
  });
}

await main(async () => {
  const pair = await buildPair("nat");
  await Promise.all(DIRECTORS.map((host) => pair.start(host)));
  await pair.settled("lb1");
  emit({ kind: "begin", vips: await vips(pair), tables: await tables(pair) });
  await loss(pair);
  await pair.reboot("lb1");
  await pair.start("lb1");
  await level(pair, "lb1");
  const found = await survive(pair, async () => {
    const reply = await pair.command("lb2", "/v1/failover");
    await pair.settled("lb1");
    return { reply };
  });
  emit({ kind: "handover", ...found, vips: await vips(pair), tables: await tables(pair) });
  await pair.network.close();
});

async function tables(pair: Pair): Promise<readonly string[]> {
  return Promise.all(
    DIRECTORS.map(async (host) => {
      const text = await pair.network.must(host, ["ipvsadm", "-Sn"]);
      return text.trim().split("\n").toSorted().join("\n");
    }),
  );
}
