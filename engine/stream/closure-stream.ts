/**
 * Rows through closures of the cell: map, filter, flatMap, keyBy and process, with whatever they capture. They run in this thread in slices of
 * a few milliseconds, so a button, a Stop or another cell gets through.
 */
import { systemClock } from '../runtime/clock.ts';
import { LiveRows, numbered } from './live-rows.ts';

type Producer<T> = (signal: AbortSignal) => AsyncIterable<T>;

/** Milliseconds before the event loop gets its turn. */
const SLICE = 8;

export class ClosureStream<T> implements AsyncIterable<T> {
  readonly #produce: Producer<T>;

  constructor(produce: Producer<T>) {
    this.#produce = produce;
  }

  /** One value for each. The closure may return a promise. */
  map<U>(fn: (value: T) => U | Promise<U>): ClosureStream<U> {
    return this.#then<U>(async function* (values): AsyncIterable<U> {
      for await (const value of values) {
        const made = fn(value);
        yield made instanceof Promise ? await made : made;
      }
    });
  }
  filter<U extends T>(fn: (value: T) => value is U): ClosureStream<U>;
  filter(fn: (value: T) => boolean): ClosureStream<T>;
  filter(fn: (value: T) => boolean): ClosureStream<T> {
    return this.#then<T>(async function* (values): AsyncIterable<T> {
      for await (const value of values) if (fn(value)) yield value;
    });
  }
  flatMap<U>(fn: (value: T) => Iterable<U>): ClosureStream<U> {
    return this.#then<U>(async function* (values): AsyncIterable<U> {
      for await (const value of values) yield* fn(value);
    });
  }
  /** Values of the same key share a state. Keys are compared as Map does. */
  keyBy<K>(key: (value: T) => K): KeyedStream<K, T> {
    return new KeyedStream(this, key);
  }
  /** The first `n` values; the source is stopped then. */
  take(n: number): ClosureStream<T> {
    return this.#then<T>(async function* (values): AsyncIterable<T> {
      if (n <= 0) return;
      let left = n;
      for await (const value of values) {
        yield value;
        if (--left === 0) return;
      }
    });
  }

  #then<U>(step: (values: AsyncIterable<T>) => AsyncIterable<U>): ClosureStream<U> {
    return new ClosureStream((signal) => step(this.#produce(signal)));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const abort = new AbortController();
    let sliceStart = systemClock.monotonic();
    try {
      for await (const value of this.#produce(abort.signal)) {
        yield value;
        if (systemClock.monotonic() - sliceStart < SLICE) continue;
        await new Promise((resolve) => setImmediate(resolve));
        sliceStart = systemClock.monotonic();
      }
    } finally {
      abort.abort();
    }
  }

  /** Calls `fn` with each value; resolves at the end of the input. */
  async forEach(fn: (value: T) => void | Promise<void>): Promise<void> {
    for await (const value of this) await fn(value);
  }
  /** All values of a bounded stream. */
  async toArray(): Promise<T[]> {
    const values: T[] = [];
    for await (const value of this) values.push(value);
    return values;
  }
  /** Prints each value on a line of its own, live; resolves at the end of the input. */
  print(): Promise<void> {
    return this.forEach((value) => void process.stdout.write(`${lineOf(value)}\n`));
  }
  /** A live table of the last rows: as the last expression of a cell it draws itself. */
  show(options: { readonly limit?: number } = {}): LiveRows<T> {
    return new LiveRows(numbered(this), options.limit ?? 100);
  }
}

/** Values in groups by key, each with a state of its own. */
export class KeyedStream<K, T> {
  readonly #values: ClosureStream<T>;
  readonly #key: (value: T) => K;

  constructor(values: ClosureStream<T>, key: (value: T) => K) {
    this.#values = values;
    this.#key = key;
  }

  /** `fn` gets each value with its key and the key's state, which it may change; what it yields goes on. `initial` makes the state of a new key. */
  process<S, U>(initial: (key: K) => S, fn: (value: T, state: S, key: K) => Iterable<U>): ClosureStream<U> {
    const [values, keyOf] = [this.#values, this.#key];
    return new ClosureStream<U>(async function* (): AsyncIterable<U> {
      const states = new Map<K, S>();
      for await (const value of values) {
        const key = keyOf(value);
        let state = states.get(key);
        if (state === undefined) states.set(key, (state = initial(key)));
        yield* fn(value, state, key);
      }
    });
  }

  /** The running result of each key: one value for each that comes, as Flink's keyed reduce. */
  reduce(fn: (accumulated: T, value: T) => T): KeyedResult<K, T> {
    return this.#running((accumulated, value) => (accumulated === undefined ? value : fn(accumulated, value)));
  }
  /** The running sum of a numeric field; the other fields are those of the first value. */
  sum(field: keyof T): KeyedResult<K, T> {
    return this.reduce((a, b) => ({ ...a, [field]: (a[field] as number) + (b[field] as number) }));
  }
  /** The running number of values of each key. */
  count(): KeyedResult<K, { readonly key: K; readonly count: number }> {
    const keyOf = this.#key;
    return this.#running<{ readonly key: K; readonly count: number }>((old, value) => ({
      key: keyOf(value),
      count: (old?.count ?? 0) + 1,
    }));
  }

  #running<U>(next: (old: U | undefined, value: T) => U): KeyedResult<K, U> {
    const updates = this.process<{ value: U | undefined }, { key: K; value: U }>(
      () => ({ value: undefined }),
      (value, state, key) => {
        state.value = next(state.value, value);
        return [{ key, value: state.value }];
      },
    );
    return new KeyedResult(updates);
  }
}

/** Running results: each value replaces the one before it of the same key. */
export class KeyedResult<K, U> extends ClosureStream<U> {
  readonly #updates: ClosureStream<{ key: K; value: U }>;

  constructor(updates: ClosureStream<{ key: K; value: U }>) {
    super(async function* () {
      for await (const { value } of updates) yield value;
    });
    this.#updates = updates;
  }
  /** A live table with one row a key. */
  override show(options: { readonly limit?: number } = {}): LiveRows<U> {
    return new LiveRows(
      this.#updates.map(({ key, value }) => [key, value] as const),
      options.limit ?? 100,
    );
  }
}

function lineOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, item]) => `${name}: ${item instanceof Date ? item.toISOString() : String(item)}`)
    .join(', ');
}
