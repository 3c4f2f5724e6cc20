/** Our own bugs: a false assertion is never the user's mistake, and says so. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Millrace bug: ${message}. Please report it.`);
}

/** The end of an exhaustive `switch`: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new Error(`Millrace bug: unexpected ${JSON.stringify(value)}. Please report it.`);
}
