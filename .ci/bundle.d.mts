/** Types of bundle.mjs, for the tests that bundle a program of their own. */
export interface BundleOptions {
  /** Entry files by output name without extension, e.g. `{ baton: "src/bin/baton.ts" }`. */
  readonly entries: Readonly<Record<string, string>>;
  readonly outdir: string;
  /** False writes one self-contained file an entry; true shares lazily loaded chunks. */
  readonly splitting?: boolean;
  readonly sourcemap?: boolean;
  /** CommonJS in files named .cjs, which Node loads sooner; without splitting. */
  readonly common?: boolean;
  /** What the program says of itself, where it is not what the source has. */
  readonly version?: string;
  /** Imports that are left as they are: end of the source's path → file beside the output. */
  readonly apart?: Readonly<Record<string, string>>;
}

export interface BundleResult {
  /** Packages whose code is in the output, by folder under node_modules. */
  readonly packages: readonly string[];
}

export function bundle(options: BundleOptions): Promise<BundleResult>;
