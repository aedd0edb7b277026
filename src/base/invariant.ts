/** Programmer errors: they end the process instead of being carried on. */

export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The default arm of an exhaustive switch. */
export function never(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
