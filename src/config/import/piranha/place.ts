/** Where the VIPs of pulse go: it knows one set of them, which moves as a whole. */
export const INSTANCE_PLACE: readonly string[] = ["instances", "vips"];
