/** Into a folder of its own, that lies beside the program. */
export function buildPage(outdir: string): Promise<void>;
