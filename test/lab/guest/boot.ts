/** Shows that the lab's kernel balances: one director, by hand, two real servers through dr. */
import { startTraffic } from "../../support/traffic.ts";
import { emit, main } from "./report.ts";
import { buildTopology, SERVERS, SERVICE_PORT, serverAddress, VIP } from "./topology.ts";

await main(async () => {
  const started = performance.now();
  const { network } = await buildTopology("dr");
  emit({ kind: "built", ms: Math.round(performance.now() - started) });
  const service = `${VIP}:${SERVICE_PORT}`;
  await network.ip("lb1", `addr add ${VIP}/32 dev eth0`);
  await network.must("lb1", ["ipvsadm", "-A", "-t", service, "-s", "rr"]);
  for (const server of SERVERS) {
    const real = `${serverAddress(server)}:${SERVICE_PORT}`;
    await network.must("lb1", ["ipvsadm", "-a", "-t", service, "-r", real, "-g"]);
  }
  const traffic = await startTraffic(network, "client", {
    address: VIP,
    port: SERVICE_PORT,
    held: 4,
    interval: 100,
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const report = await traffic.stop();
  emit({ kind: "table", text: await network.must("lb1", ["ipvsadm", "-Ln"]) });
  emit({ kind: "traffic", report });
  emit({ kind: "large", text: "x".repeat(200_000) });
  console.log("plain line");
  await network.close();
});
