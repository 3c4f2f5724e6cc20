/** `view column = 'text'` and `view column IN ('a', 'b')`: bytes are compared where they lie, nothing is decoded. */
import { isString } from '../types/type.ts';
import { pathOf, type Path } from './column-path.ts';
import type { Code, Emitter } from './emitter.ts';
import type { CallExpr, Expr, InExpr } from './expr.ts';
import { withListNull } from './generate-in.ts';
import { arrayOf, baseShape, nullAt } from './load.ts';

/** More texts than these are looked up as strings. */
const MAX_TEXTS = 16;

/** The code of an equality or IN over a column of encoding 'view' and literals; undefined for everything else. */
export function generateBytesEqual(emitter: Emitter, expr: CallExpr | InExpr): Code | undefined {
  if (expr.kind === 'in') {
    const path = viewPath(emitter, expr.input);
    const texts = expr.values.filter((value): value is string => typeof value === 'string');
    if (path === undefined || texts.length > MAX_TEXTS) return undefined;
    return withListNull(emitter, expr, equalsAny(emitter, path, texts), nullAt(emitter, path));
  }
  if (expr.fn !== '=' && expr.fn !== '<>') return undefined;
  const [left, right] = expr.args as [Expr, Expr];
  const [column, literal] = left.kind === 'literal' ? [right, left] : [left, right];
  const path = viewPath(emitter, column);
  if (path === undefined || literal.kind !== 'literal' || typeof literal.value !== 'string') return undefined;
  const equal = equalsAny(emitter, path, [literal.value]);
  return {
    rep: 'boolean',
    value: expr.fn === '=' ? equal : emitter.define(`!${equal}`, 'b'),
    isNull: nullAt(emitter, path),
  };
}

function viewPath(emitter: Emitter, expr: Expr): Path | undefined {
  const path = isString(expr.type) ? pathOf(expr) : undefined;
  if (path === undefined) return undefined;
  return baseShape(emitter.options.shapes.get(path.join('.')) ?? '').startsWith('view') ? path : undefined;
}

function equalsAny(emitter: Emitter, path: Path, texts: readonly string[]): string {
  const [bytes, starts, ends] = ['bytes', 'starts', 'ends'].map((field) => arrayOf(emitter, path, field));
  const start = emitter.define(`${starts!}[i]`);
  const length = emitter.define(`${ends!}[i] - ${start}`);
  const tests = texts.map((text) => {
    // A malformed text (half a surrogate) has no UTF-8: no bytes equal it.
    if (Buffer.from(text).toString() !== text) return 'false';
    const wanted = new TextEncoder().encode(text);
    if (wanted.length === 0) return `${length} === 0`;
    const first = `${length} === ${wanted.length} && ${bytes!}[${start}] === ${wanted[0]!}`;
    return wanted.length === 1
      ? first
      : `${first} && ${emitter.constant(bytesEqual)}(${bytes!}, ${start}, ${emitter.constant(wanted)})`;
  });
  return emitter.define(tests.length === 0 ? 'false' : tests.join(' || '), 'b');
}

export function bytesEqual(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 1; i < wanted.length; i++) {
    if (bytes[start + i] !== wanted[i]) return false;
  }
  return true;
}
