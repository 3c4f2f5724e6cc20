/**
 * Expressions over one dictionary-encoded column are computed once a dictionary entry, when a row first needs it,
 * however many rows hold that entry. Strings that come of it make a dictionary of their own.
 */
import type { Batch } from '../data/batch.ts';
import { Dictionary, type DictStringColumn } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { locate, type Path } from './column-path.ts';
import { repOf, type Code, type Emitter, type Rep } from './emitter.ts';
import { exprKey, isDeterministic, pathsOf } from './expr-key.ts';
import type { Expr } from './expr.ts';
import { interpreter, type Evaluate } from './interpret.ts';
import { baseShape, nullAt } from './load.ts';

/** The dictionary column that alone decides the value of `expr`; undefined when the expression is to be computed a row. */
export function memoisedPath(emitter: Emitter, expr: Expr): Path | undefined {
  if (expr.kind === 'column' || expr.kind === 'field' || expr.kind === 'literal') return undefined;
  const paths = [...pathsOf(expr).values()];
  if (paths.length !== 1) return undefined;
  const path = paths[0]!;
  if (baseShape(emitter.options.shapes.get(path.join('.')) ?? '') !== 'dict') return undefined;
  const rep = repOf(expr.type, 'narrow');
  const storable = rep !== 'pair' && !(expr.type.kind === 'DECIMAL' && expr.type.precision > 18);
  return storable && isDeterministic(expr) ? path : undefined;
}

/** The code of an expression for which `memoisedPath` gave `path`. */
export function dictionaryMemo(emitter: Emitter, expr: Expr, path: Path): Code {
  const rep = repOf(expr.type, 'narrow');
  const { table, slot } = memoSlot(emitter, expr, path);
  const values = emitter.input(`${table} values`, (batch) => memoTable(emitter, expr, path, batch).values);
  const states = emitter.input(`${table} states`, (batch) => memoTable(emitter, expr, path, batch).states);
  const value = emitter.define(rep === 'boolean' ? `${values}[${slot}] === 1` : `${values}[${slot}]`);
  return { rep, value, isNull: emitter.define(`${states}[${slot}] === 2`, 'z') };
}

/** Writes what computes the entry of row `i` if need be; the name of its slot in the memo's arrays. */
export function memoSlot(emitter: Emitter, expr: Expr, path: Path): { readonly table: string; readonly slot: string } {
  const key = exprKey(expr);
  const table = emitter.input(`memo ${key}`, (batch) => memoTable(emitter, expr, path, batch));
  const known = emitter.find(`slot ${key}`);
  if (known !== undefined) return { table, slot: known.value };
  const states = emitter.input(`${table} states`, (batch) => memoTable(emitter, expr, path, batch).states);
  const codes = emitter.input(
    `${path.join('.')} codes`,
    (batch) => (locate(batch, path).column as DictStringColumn).codes,
  );
  const isNull = nullAt(emitter, path);
  const slot = emitter.define(isNull === undefined ? `${codes}[i] + 1` : `${isNull} ? 0 : ${codes}[i] + 1`, 's');
  emitter.line(`if (${states}[${slot}] === 0) ${table}.fill(${slot});`);
  emitter.remember(`slot ${key}`, { rep: 'int', value: slot, isNull: undefined });
  return { table, slot };
}

/** The table of an expression and the dictionary of a batch, with room for all entries there are now. */
export function memoTable(emitter: Emitter, expr: Expr, path: Path, batch: Batch): MemoTable {
  const { dictionary } = locate(batch, path).column as DictStringColumn;
  const { memos, context } = emitter.options;
  const key = `${exprKey(expr)} ${dictionary.id}`;
  let table = memos.get(key);
  if (table === undefined) {
    table = new MemoTable(interpreter(expr, context), expr.type, path, dictionary);
    memos.set(key, table);
  }
  table.ensure(dictionary.size + 1);
  return table;
}

type Values = Int32Array | Float64Array | BigInt64Array | Uint8Array | Value[];

/** Slot 0 is for NULL, slot c + 1 for code c. States: 0 not computed, 1 value, 2 NULL. */
export class MemoTable {
  states = new Uint8Array(0);
  values: Values;
  /** For strings: codes in `derived`. */
  codes = new Int32Array(0);
  readonly derived = new Dictionary();
  readonly #derivedCodes = new Map<string, number>();
  readonly #evaluate: Evaluate;
  readonly #rep: Rep;
  readonly #path: Path;
  readonly #source: Dictionary;

  constructor(evaluate: Evaluate, type: DataType, path: Path, source: Dictionary) {
    this.#evaluate = evaluate;
    this.#rep = repOf(type, 'narrow');
    this.#path = path;
    this.#source = source;
    this.values = makeValues(this.#rep, 0);
  }

  ensure(size: number): void {
    if (size <= this.states.length) return;
    const capacity = Math.max(size, this.states.length * 2, 64);
    const { states, values, codes } = this;
    this.states = new Uint8Array(capacity);
    this.states.set(states);
    this.values = makeValues(this.#rep, capacity);
    for (let i = 0; i < values.length; i++) this.values[i] = values[i]!;
    if (this.#rep !== 'string') return;
    this.codes = new Int32Array(capacity);
    this.codes.set(codes);
  }

  /** Called from loops for a slot whose state is 0. */
  fill(slot: number): void {
    let input: Value = slot === 0 ? null : this.#source.strings[slot - 1]!;
    for (const index of this.#path.toReversed()) {
      const around: Value[] = [];
      around[index] = input;
      input = around;
    }
    const value = this.#evaluate(input as readonly Value[]);
    this.states[slot] = value === null ? 2 : 1;
    if (this.#rep === 'string') {
      this.values[slot] = value ?? '';
      if (value !== null) this.codes[slot] = this.#derive(value as string);
    } else if (this.#rep === 'boolean') {
      this.values[slot] = value === true ? 1 : 0;
    } else if (value !== null || this.#rep === 'value') {
      this.values[slot] = value as never;
    }
  }

  #derive(text: string): number {
    let code = this.#derivedCodes.get(text);
    if (code === undefined) {
      code = this.derived.strings.push(text) - 1;
      this.#derivedCodes.set(text, code);
    }
    return code;
  }
}

function makeValues(rep: Rep, length: number): Values {
  switch (rep) {
    case 'boolean':
      return new Uint8Array(length);
    case 'int':
      return new Int32Array(length);
    case 'double':
      return new Float64Array(length);
    case 'long':
      return new BigInt64Array(length);
    default:
      return new Array<Value>(length).fill(rep === 'string' ? '' : null);
  }
}
