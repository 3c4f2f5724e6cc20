import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import { promiseHooks } from 'node:v8';

/** Description of the symbol under which promises and emitters keep their cell. */
export const CELL_KEY = 'millrace.cell';

/**
 * Which cell the running code belongs to: through promises, timers and events, like an AsyncLocalStorage.
 *
 * Why not that one: up to Node 22 it keeps a native stack of asynchronous contexts, and code that is cut off by `terminateExecution` leaves
 * its entry on it; Node then aborts the process ("async hook stack has become corrupted"). This one is plain JavaScript and can be reset.
 */
export class CellContext<Cell extends object> {
  readonly #key = Symbol(CELL_KEY);
  #current: Cell | undefined;
  /** What was current before each promise reaction that is running now. */
  #outer: (Cell | undefined)[] = [];
  readonly #thrownIn = new WeakMap<object, Cell>();

  get current(): Cell | undefined {
    return this.#current;
  }

  /** Everything that `code` starts belongs to the cell. */
  run<T>(cell: Cell | undefined, code: () => T): T {
    const outer = this.#current;
    this.#current = cell;
    try {
      return code();
    } catch (error) {
      if (cell !== undefined && typeof error === 'object' && error !== null) this.#thrownIn.set(error, cell);
      throw error;
    } finally {
      this.#current = outer;
    }
  }

  /** The cell that made a promise, or in whose timer or event an error was thrown. */
  ownerOf(thing: unknown): Cell | undefined {
    if (typeof thing !== 'object' || thing === null) return undefined;
    return this.#thrownIn.get(thing) ?? (thing as Record<symbol, Cell | undefined>)[this.#key];
  }

  /** After code was cut off: nothing runs any more. Called from the event loop, outside of every cell. */
  reset(): void {
    this.#current = undefined;
    this.#outer = [];
  }

  /** Begins to watch the process; once. */
  install(): void {
    this.#followPromises();
    this.#followTimers();
    this.#followEvents();
    syncBuiltinESMExports();
  }

  /** A promise belongs to the cell that made it, and so do its reactions. */
  #followPromises(): void {
    promiseHooks.createHook({
      init: (promise) => {
        // four times as fast as defining it; display/inspect.ts hides it
        if (this.#current !== undefined) (promise as unknown as Record<symbol, Cell>)[this.#key] = this.#current;
      },
      before: (promise) => {
        this.#outer.push(this.#current);
        this.#current = (promise as unknown as Record<symbol, Cell | undefined>)[this.#key];
      },
      after: () => {
        this.#current = this.#outer.pop();
      },
    });
  }

  #followTimers(): void {
    for (const holder of [timers, globalThis] as Record<string, unknown>[]) {
      for (const name of ['setTimeout', 'setInterval', 'setImmediate']) this.#wrapFirst(holder, name);
    }
    this.#wrapFirst(globalThis, 'queueMicrotask');
    this.#wrapFirst(process as unknown as Record<string, unknown>, 'nextTick');
  }

  /** Replaces `holder[name]` by a function whose first argument, a callback, runs in the cell that called it. */
  #wrapFirst(holder: Record<string, unknown>, name: string): void {
    const plain = holder[name] as (...args: unknown[]) => unknown;
    // oxlint-disable-next-line typescript/no-this-alias -- the callback has its own `this`
    const context = this;
    const wrapped = function (this: unknown, callback: unknown, ...rest: unknown[]): unknown {
      const cell = context.#current;
      if (cell === undefined || typeof callback !== 'function') return plain.call(this, callback, ...rest);
      const bound = function (this: unknown, ...args: unknown[]): unknown {
        return context.run(cell, () => (callback as (...args: unknown[]) => unknown).apply(this, args));
      };
      return plain.call(this, bound, ...rest);
    };
    // name, and what util.promisify looks for
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(plain));
    holder[name] = wrapped;
  }

  /** An emitter belongs to the cell that first listened to it; its events run there when they come from outside of all cells. */
  #followEvents(): void {
    const prototype = EventEmitter.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const { emit } = prototype;
    // oxlint-disable-next-line typescript/no-this-alias
    const context = this;
    for (const name of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener']) {
      const plain = prototype[name]!;
      prototype[name] = function (this: Record<symbol, Cell | undefined>, ...args: unknown[]) {
        if (context.#current !== undefined && this[context.#key] === undefined) context.#own(this);
        return plain.apply(this, args);
      };
    }
    prototype['emit'] = function (this: Record<symbol, Cell | undefined>, ...args: unknown[]) {
      const cell = context.#current === undefined ? this[context.#key] : undefined;
      return cell === undefined ? emit!.apply(this, args) : context.run(cell, () => emit!.apply(this, args));
    };
  }

  /** Not enumerable: it must not be seen when the object is shown. */
  #own(thing: object): void {
    if (Object.isExtensible(thing))
      Object.defineProperty(thing, this.#key, { value: this.#current, writable: true, configurable: true });
  }
}
