/** Programs that configure the network, and take off what they did not put on. */
import type { Config } from "../../config/types.ts";
import type { Facts, ManagedLink, Pair } from "../facts.ts";
import { about, type Finding } from "../finding.ts";
import { serviceLinks } from "./interfaces.ts";

const { ok, note, warning } = about("network managers");

export function managerRules({ config, facts }: Pair): readonly Finding[] {
  const links = serviceLinks(config);
  const managed = facts.managed.filter(({ link }) => links.includes(link));
  const others = facts.processes.flatMap(({ name }) => OTHERS[name] ?? []);
  const findings = [...managed.map(judgeManager), ...new Set(others), ...routing(config, facts)];
  if (findings.length > 0) return findings;
  return [ok("network-manager", `no network manager was seen to manage ${links.join(", ")}`)];
}

/** Routes and rules that go with the role are foreign to networkd. */
function routing({ instances }: Config, { networkd }: Facts): readonly Finding[] {
  if (networkd === undefined) return [];
  const lost = [
    ...(networkd.takesRoutes && instances.some(({ routes }) => routes.length > 0)
      ? ["ManageForeignRoutes=no"]
      : []),
    ...(networkd.takesRules && instances.some(({ rules }) => rules.length > 0)
      ? ["ManageForeignRoutingPolicyRules=no"]
      : []),
  ];
  if (lost.length === 0) return [];
  return [
    warning("networkd-routes", "systemd-networkd takes foreign routes or rules for its own", {
      why: `When it restarts it removes those of an instance. ${PUT_BACK}`,
      remedy: `Put "[Network]" and "${lost.join('" and "')}" into /etc/systemd/networkd.conf.d/baton.conf; systemctl restart systemd-networkd`,
    }),
  ];
}

const PUT_BACK = "baton puts it back at once; until then clients get no answer.";

function judgeManager({ manager, link, keeps, file }: ManagedLink): Finding {
  if (manager === "NetworkManager") {
    return note("network-manager", `NetworkManager manages ${link}`, {
      why: `It takes VIPs off when the connection is brought up anew. ${PUT_BACK}`,
      remedy: `nmcli device set ${link} managed no, or leave its connection alone while this host is master.`,
    });
  }
  if (manager === "ifupdown") {
    return note("ifupdown", `ifupdown has ${link} in ${file ?? "/etc/network/interfaces"}`, {
      why: `ifdown and a restart of networking take every address off it. ${PUT_BACK}`,
      remedy: "Leave the interface alone while this host is master: baton failover comes first.",
    });
  }
  if (keeps) return ok("networkd", `systemd-networkd manages ${link} and keeps foreign addresses`);
  return warning(
    "networkd",
    `systemd-networkd manages ${link}${file === undefined ? "" : ` (${file})`}`,
    {
      why: `Each time it restarts or configures the link anew it takes VIPs off. ${PUT_BACK}`,
      remedy: dropIn(link, file),
    },
  );
}

/** netplan writes the file anew at each boot, so it has a word of its own for it. */
function dropIn(link: string, file: string | undefined): string {
  const name = file?.split("/").at(-1) ?? `10-${link}.network`;
  if (name.includes("-netplan-")) return `In netplan: critical: true for ${link}; netplan apply`;
  const path = `/etc/systemd/network/${name}.d/baton.conf`;
  return `Put "[Network]" and "KeepConfiguration=yes" into ${path}; networkctl reload`;
}

/** They act at events of their own, and are named so that nobody is surprised. */
const OTHERS: Readonly<Record<string, Finding>> = {
  dhcpcd: note("dhcpcd", "dhcpcd runs here", {
    why: `It configures every interface that it is not told to leave. ${PUT_BACK}`,
    remedy: "Add denyinterfaces with the VIPs' interface to /etc/dhcpcd.conf.",
  }),
  connmand: note("connman", "connman runs here", {
    why: `It takes over every interface that is not blacklisted. ${PUT_BACK}`,
    remedy: "Add the interface to NetworkInterfaceBlacklist in /etc/connman/main.conf.",
  }),
  wickedd: note("wicked", "wicked runs here", {
    why: `ifup and ifreload of wicked take VIPs off. ${PUT_BACK}`,
    remedy: "Leave the interface alone while this host is master.",
  }),
};
