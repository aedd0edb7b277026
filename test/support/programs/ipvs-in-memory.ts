/** Instead of `os/ipvs.ts` in a daemon on a host without IPVS: a table of its own, in memory. */
import type { Ipvs } from "../../../src/os/ipvs.ts";
import { FakeIpvs } from "../fake-ipvs.ts";

export * from "../../../src/os/ipvs-table.ts";

const only = new FakeIpvs();

export const openIpvs = (): Promise<Ipvs> => Promise.resolve(only);
