import { KernelInterrupt, currentCell } from './cell-run.ts';

/** What stands around each `await` and `for await` of a cell's code, so that Stop reaches a cell that waits. */

/** `await e` becomes `await guard(e)`: throws KernelInterrupt in a cell that was stopped. */
export function guard(value: unknown): unknown {
  const cell = currentCell.current;
  if (cell === undefined) return value;
  if (cell.interrupted) throw new KernelInterrupt();
  return isThenable(value) ? cell.guard(value) : value;
}

/** `for await (x of s)` becomes `for await (x of iterate(s))`: the source is told to end (`return()`) when the cell is stopped. */
export function iterate(source: unknown): AsyncIterable<unknown> {
  const iterator = open(source);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          return (await guard(iterator.next())) as IteratorResult<unknown>;
        } catch (error) {
          if (error instanceof KernelInterrupt) void Promise.resolve(iterator.return?.()).catch(() => undefined);
          throw error;
        }
      },
      async return(value: unknown) {
        return (await iterator.return?.(value)) ?? { done: true as const, value };
      },
    }),
  };
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** As `for await` does it: an async iterator, or a sync one whose values are awaited. */
function open(source: unknown): AnyIterator {
  const object = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  const asynchronous = object?.[Symbol.asyncIterator];
  if (typeof asynchronous === 'function') return asynchronous.call(object);
  const synchronous = object?.[Symbol.iterator];
  if (typeof synchronous !== 'function') throw new TypeError(`${describe(source)} is not async iterable`);
  const iterator = synchronous.call(object);
  return {
    async next() {
      const result = iterator.next();
      return result.done === true ? result : { done: false, value: await result.value };
    },
    async return(value: unknown) {
      iterator.return?.(value);
      return { done: true, value };
    },
  };
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

function describe(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? `an object of ${value.constructor?.name ?? 'no class'}`
      : String(value);
}
