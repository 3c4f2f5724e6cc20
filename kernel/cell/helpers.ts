/** Functions that compiled decorators and `using` declarations call by the global name `babelHelpers` (see transform.ts). */

type Decorator = (target: unknown, key?: string | symbol, descriptor?: PropertyDescriptor) => unknown;

/** TypeScript's legacy decorators: applied from the last to the first; what one returns replaces class or descriptor. */
function decorate(
  decorators: readonly Decorator[],
  target: object,
  key?: string | symbol,
  descriptor?: PropertyDescriptor | null,
): unknown {
  if (key === undefined) {
    let result: unknown = target;
    for (const decorator of decorators.toReversed()) result = decorator(result) ?? result;
    return result;
  }
  const isMethod = descriptor === null;
  let current = isMethod ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  for (const decorator of decorators.toReversed()) {
    const result = decorator(target, key, current);
    if (result !== undefined && result !== null) current = result as PropertyDescriptor;
  }
  if (isMethod && current !== undefined && current !== null) Object.defineProperty(target, key, current);
  return current;
}

/** A decorator of the parameter at `index`. */
function decorateParam(
  index: number,
  decorator: (target: unknown, key: string | symbol | undefined, index: number) => void,
): Decorator {
  return (target, key) => decorator(target, key, index);
}

/** Design-time types are not kept. */
function decorateMetadata(): Decorator {
  return () => undefined;
}

interface UsingContext {
  e: unknown;
  /** Registers a value of `using`. */
  u<T>(value: T): T;
  /** Registers a value of `await using`. */
  a<T>(value: T): T;
  /** Disposes in reverse order, then throws what was thrown. */
  d(): unknown;
}

const nothing = Symbol('no error');

function usingCtx(): UsingContext {
  const stack: { dispose: () => unknown; wait: boolean }[] = [];
  const context: UsingContext = {
    e: nothing,
    u(value) {
      register(stack, value, false);
      return value;
    },
    a(value) {
      register(stack, value, true);
      return value;
    },
    d() {
      const rethrow = (): void => {
        if (context.e !== nothing) throw context.e;
      };
      const asynchronous = stack.some((resource) => resource.wait);
      if (asynchronous) return disposeAsync(stack).then(rethrow);
      for (const resource of stack.toReversed()) resource.dispose();
      return rethrow();
    },
  };
  return context;
}

async function disposeAsync(stack: readonly { dispose: () => unknown }[]): Promise<void> {
  for (const resource of stack.toReversed()) await resource.dispose();
}

const disposeSymbol: symbol = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose');
const asyncDisposeSymbol: symbol =
  (Symbol as { asyncDispose?: symbol }).asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** What disposes of a value; undefined for null and undefined, a TypeError for other values without such a method. */
export function disposerOf(value: unknown, asynchronous: boolean): (() => unknown) | undefined {
  if (value === null || value === undefined) return undefined;
  const methods = value as Record<symbol, unknown>;
  const method =
    (asynchronous ? methods[asyncDisposeSymbol] : undefined) ?? methods[disposeSymbol] ?? methods[asyncDisposeSymbol];
  if (typeof method !== 'function') throw new TypeError('the value of a "using" declaration has no [Symbol.dispose]()');
  return () => method.call(value) as unknown;
}

function register(stack: { dispose: () => unknown; wait: boolean }[], value: unknown, wait: boolean): void {
  const dispose = disposerOf(value, wait);
  if (dispose !== undefined) stack.push({ dispose, wait });
}

export function installHelpers(): void {
  const value = { decorate, decorateParam, decorateMetadata, usingCtx };
  Object.defineProperty(globalThis, 'babelHelpers', { value, enumerable: false, configurable: true });
}
