/** Types of make.mjs, for its test. */
export interface PackageOptions {
  /** Carry this machine's Node. */
  readonly runtime?: boolean;
  /** The folder that the package is written into. */
  readonly out?: string;
  /** Instead of package.json's. */
  readonly version?: string;
}

/** Resolves with the path of the package. */
export function makePackage(options?: PackageOptions): Promise<string>;
