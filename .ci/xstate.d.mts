export function hasWideState(): boolean;
export function buildWideState(): boolean;
export function kernelEnvironment(): Readonly<Record<string, string>>;
