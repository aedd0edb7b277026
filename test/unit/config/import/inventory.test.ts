/** Every keyword of keepalived.conf, one by one: what is core or common has a place in baton.yaml. */
import { describe, expect, test } from "vitest";
import { broken, KEYWORDS, type Keyword } from "../../../support/foreign-files.ts";
import { importTexts } from "./read.ts";

const BASE = {
  global:
    "notification_email {\nops@example.net\n}\nnotification_email_from lb@example.net\n" +
    "smtp_server 192.168.60.25\nsmtp_alert\nnotify_fifo /run/all\nlvs_notify_fifo /run/lvs",
  instance:
    "interface eth0\nvirtual_router_id 51\npriority 150\nvirtual_ipaddress {\n192.168.60.100\n}",
  script: "script /bin/true",
  process: "process named",
  file: "file /etc/number",
  service: "protocol TCP\nlb_algo sh\nlb_kind DR",
  server: "",
} as const;

const MEMBERS = "group {\nweb\n}\n";

/** A whole file in which the line stands where it belongs. */
function fileWith({ context, line }: Keyword): string {
  const at = (place: string): string => (place === context ? `${broken(line).join("\n")}\n` : "");
  const check = `TCP_CHECK {\n${at("check")}}\n`;
  const web = `HTTP_GET {\n${at("http")}url {\npath /\n${at("url")}}\n}\n`;
  const checks = context === "http" || context === "url" ? web : check;
  const real = `real_server 192.168.60.136 80 {\n${BASE.server}${at("server")}${checks}}`;
  return `${at("top")}global_defs {\n${BASE.global}\n${at("global")}}
vrrp_script chk {\n${BASE.script}\n${at("script")}}
vrrp_track_process proc {\n${BASE.process}\n${at("process")}}
vrrp_track_file number {\n${BASE.file}\n${at("file")}}
vrrp_instance web {\n${BASE.instance}\n${at("instance")}}
vrrp_sync_group both {\n${line.startsWith("group ") ? "" : MEMBERS}${at("group")}}
virtual_server_group many {\n${context === "vsgroup" ? at("vsgroup") : "192.168.60.100 90\n"}}
virtual_server group many {\nprotocol TCP\n}
virtual_server 192.168.60.100 80 {\n${BASE.service}\n${at("service")}${real}\n}\n`;
}

function verdictsOf(keyword: Keyword): readonly string[] {
  const whole = fileWith(keyword);
  const mine = broken(keyword.line);
  const first = whole.split("\n").lastIndexOf(mine[0] ?? "") + 1;
  expect(first, whole).toBeGreaterThan(0);
  const { lines } = importTexts({ "a.conf": whole });
  const own = lines.filter(
    ({ origin }) => origin.line >= first && origin.line < first + mine.length,
  );
  expect(own.length).toBeGreaterThan(0);
  return own.map(({ verdict, reasons, matters }) => {
    const why = reasons.join("; ");
    expect(why).not.toContain("unknown keyword");
    expect(verdict === "taken" || why.length > 10, `${verdict}: ${why}`).toBe(true);
    return verdict === "dropped" && !matters ? "needless" : verdict;
  });
}

const IN_PLACE = new Set(["taken", "changed"]);

describe("core and common", () => {
  test.each(KEYWORDS.filter(({ use }) => /^[Cc]$/.test(use)))("$context: $line", (keyword) => {
    expect(verdictsOf(keyword).filter((verdict) => !IN_PLACE.has(verdict))).toEqual([]);
  });
});

describe("core and common, and nothing of baton's", () => {
  test.each(KEYWORDS.filter(({ use }) => use.endsWith("-")))("$context: $line", (keyword) => {
    expect(verdictsOf(keyword).filter((verdict) => IN_PLACE.has(verdict))).toEqual([]);
  });
});

describe("rare", () => {
  test.each(KEYWORDS.filter(({ use }) => use === "r"))("$context: $line", (keyword) => {
    expect(verdictsOf(keyword)).not.toEqual([]);
  });
});
