import { inspect } from 'node:util';
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
