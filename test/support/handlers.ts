/** A control socket's handlers that nobody is expected to call. */
import type { ControlHandlers } from "../../src/control/api.ts";
import { SNAPSHOT } from "./snapshot.ts";

const unwanted = (): never => {
  throw new Error("nobody asked for this");
};

export const handlersWith = (changes: Partial<ControlHandlers>): ControlHandlers => ({
  status: () => SNAPSHOT,
  metrics: unwanted,
  failover: unwanted,
  resume: unwanted,
  takeover: unwanted,
  server: unwanted,
  plan: unwanted,
  reload: unwanted,
  rollback: unwanted,
  confirm: unwanted,
  push: unwanted,
  peers: unwanted,
  configurations: unwanted,
  ...changes,
});
