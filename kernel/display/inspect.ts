import { inspect } from 'node:util';
import { CELL_KEY } from '../cell/cell-context.ts';
import { visible } from '../cell/compile.ts';
import { cut } from './html.ts';

const MAX_TEXT = 100_000;

/** A value as text, as Node shows it, without colours; cut when it is very long. A getter or proxy that throws does no harm. */
export function inspectValue(value: unknown): string {
  try {
    const options = { depth: 4, maxArrayLength: 100, maxStringLength: 20_000, breakLength: 100, colors: false };
    return visible(cut(inspect(value, options), MAX_TEXT));
  } catch (error) {
    return `<value that cannot be shown: ${error instanceof Error ? error.message : 'it throws'}>`;
  }
}

/**
 * Promises carry their cell in a symbol property (cell-context.ts). It is hidden when a promise is about to be shown: an inspector that gives
 * the object itself goes on with the usual one.
 */
export function hideCellOfPromises(): void {
  Reflect.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    enumerable: false,
    writable: true,
    value(this: Promise<unknown>) {
      for (const symbol of Object.getOwnPropertySymbols(this)) {
        if (symbol.description === CELL_KEY) Reflect.defineProperty(this, symbol, { enumerable: false });
      }
      return this;
    },
  });
}
