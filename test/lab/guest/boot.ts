/** Shows that the lab's kernel balances: one director, by hand, two real servers, dr then nat. */
import { sleep } from "../../support/process.ts";
import { startTraffic } from "../../support/traffic.ts";
import { emit, main } from "./report.ts";
import {
  buildTopology,
  INSIDE_VIP,
  SERVERS,
  SERVICE_PORT,
  serverAddress,
  type Variant,
  VIP,
} from "./topology.ts";

const TRAFFIC_MS = 1500;

async function balance(variant: Variant): Promise<void> {
  const { network } = await buildTopology(variant);
  const service = `${VIP}:${SERVICE_PORT}`;
  await network.ip("lb1", `addr add ${VIP}/32 dev eth0`);
  if (variant === "nat") await network.ip("lb1", `addr add ${INSIDE_VIP}/32 dev eth2`);
  await network.must("lb1", ["ipvsadm", "-A", "-t", service, "-s", "rr"]);
  for (const server of SERVERS) {
    const real = `${serverAddress(server, variant)}:${SERVICE_PORT}`;
    const method = variant === "dr" ? "-g" : "-m";
    await network.must("lb1", ["ipvsadm", "-a", "-t", service, "-r", real, method]);
  }
  const traffic = await startTraffic(network, "client", {
    address: VIP,
    port: SERVICE_PORT,
    held: 4,
    interval: 100,
  });
  await sleep(TRAFFIC_MS);
  const report = await traffic.stop();
  const table = await network.must("lb1", ["ipvsadm", "-Ln"]);
  emit({ kind: variant, table, report });
  await network.close();
}

await main(async () => {
  await balance("dr");
  await balance("nat");
  emit({ kind: "large", text: "x".repeat(200_000) });
  console.log("plain line");
});
