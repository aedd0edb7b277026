/** What an operator does after an import, step by step. */
import type { Sheet } from "./sheet.ts";

export function nextSteps(sheet: Sheet): readonly string[] {
  const secret = sheet.get(["heartbeat", "secretFile"]);
  const key =
    `install -D -m 600 /dev/stdin ${String(secret)} <<< "1:$(openssl rand -hex 32)"` +
    "   # the same file on both directors";
  const overVrrp = sheet.get(["heartbeat", "transport"]) === "vrrp";
  return [
    ...(secret === undefined ? [] : [key]),
    ...sheet.steps,
    "baton check --no-host -c FILE, then baton check -c FILE on each director",
    ...(overVrrp
      ? [
          "replace one director at a time, the backup first: baton and keepalived share the role",
          "when both run baton: heartbeat { transport: udp, secretFile: … } knows more, and is signed",
        ]
      : []),
  ];
}
