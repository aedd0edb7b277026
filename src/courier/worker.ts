/** The courier's thread: delivers what it is given, however long others let it wait. */
import { parentPort } from "node:worker_threads";
import { deliver } from "./deliver.ts";
import type { Order, Receipt } from "./messages.ts";

parentPort?.on("message", ({ id, parcel }: Order) => {
  void deliver(parcel).then((outcome) => {
    parentPort?.postMessage({ id, outcome } satisfies Receipt);
  });
});
