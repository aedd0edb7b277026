import { expect, test } from "vitest";
import { openSyncSender } from "../../../src/os/sync-sender.ts";

test("a link that is down or has no address is named, with what to do", async () => {
  const target = { interface: "nowhere0", group: undefined, port: undefined, ttl: undefined };
  await expect(openSyncSender(target)).rejects.toMatchObject({
    code: "BATON_INTERFACE",
    message: expect.stringContaining("nowhere0 is down or has no IPv4 address") as string,
  });
});
