/** What this machine can run of the tests, and why not. */
import { spawnSync } from "node:child_process";
import { missingPackages } from "./setup.mjs";

const NETNS_PACKAGES = ["iproute2", "iputils-ping", "tcpdump", "nftables"];
const LAB_PACKAGES = ["user-mode-linux", "kmod", "iproute2", "busybox", "ipvsadm", "gcc"];
const HOSTS_PACKAGES = ["user-mode-linux", "mmdebstrap", "iproute2", "tcpdump", "nftables", "gcc"];

const lacking = (wanted) => {
  const missing = missingPackages().filter((name) => wanted.includes(name));
  return missing.length > 0 ? `needs ${missing.join(", ")}` : undefined;
};

/** The reason why a tier cannot run here, or undefined. */
export function obstacle(tier) {
  if (tier === "netns" || tier === "timed") {
    if (process.getuid?.() !== 0) return "needs root (network namespaces)";
    const { status } = spawnSync("unshare", ["--net", "true"]);
    return status === 0 ? lacking(NETNS_PACKAGES) : "this host does not let us make namespaces";
  }
  if (tier === "browser") return obstacle("netns") ?? lacking(["chromium"]);
  if (tier === "lab" || tier === "hosts") {
    if (process.arch !== "x64") return `user-mode-linux is not built for ${process.arch}`;
    if (tier === "lab") return lacking(LAB_PACKAGES);
    return obstacle("netns") ?? lacking(HOSTS_PACKAGES);
  }
  return undefined;
}
