/** Names of the formats that are read, apart from their readers: the command line needs no more. */
export const FORMATS = ["keepalived.conf", "lvs.cf", "ldirectord.cf"] as const;
export type Format = (typeof FORMATS)[number];
