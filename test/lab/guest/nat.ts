/** The story of a nat pair: the servers' gateway moves with the address that the clients know. */
import { eventually, sleep } from "../../support/process.ts";
import { buildPair, failover, INTERVAL_MS, level, type Pair, startBoth } from "./pair.ts";
import { emit, main } from "./report.ts";
import { OUTAGE_RECOVERY_MS, survive } from "./survival.ts";
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
  const body = async (): Promise<object> => {
    // The kernel keeps what it has to send for two seconds at most.
    await sleep(3 * INTERVAL_MS);
    pair.network.isolate("lb1");
    await eventually("lb2 takes over", async () => (await pair.holders()).includes("lb2"), {
      timeout: 10 * INTERVAL_MS,
    });
    return {};
  };
  emit({ kind: "loss", ...(await survive(pair, body, OUTAGE_RECOVERY_MS)) });
}

await main(async () => {
  const pair = await buildPair("nat");
  await startBoth(pair);
  emit({ kind: "begin", vips: await vips(pair), tables: await tables(pair) });
  await loss(pair);
  await pair.reboot("lb1");
  await pair.start("lb1");
  await level(pair, "lb1");
  const found = await survive(pair, async () => {
    const reply = await failover(pair, "lb2");
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
