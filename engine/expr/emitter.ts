/** The text of one generated loop while it is written: statements, names, constants, and what is already computed. */
import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Dictionary } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Path } from './column-path.ts';
import type { MemoTable } from './dictionary-memo.ts';
import type { EvalContext } from './expr.ts';

/**
 * How a loop holds a value in JavaScript:
 *
 *   boolean  true or false
 *   int      a number that is a 32-bit integer (also a BIGINT or DECIMAL that came of one)
 *   double   any number
 *   long     a bigint within 64 bits: V8 keeps it in a register as long as it meets no call, no phi and no wider bigint
 *   big      a bigint of any size
 *   string   a JavaScript string, '' where it is NULL
 *   view     a string as a range of UTF-8 bytes; decoded when somebody wants the string
 *   pair     a timestamp as milliseconds and nanoseconds within them
 *   value    anything else, as in types/value.ts
 */
export type Rep = 'boolean' | 'int' | 'double' | 'long' | 'big' | 'string' | 'view' | 'pair' | 'value';

/** A computed value: texts of JavaScript without side effects that may be read any number of times. */
export interface Code {
  readonly rep: Rep;
  readonly value: string;
  /** Of a pair. */
  readonly nanos?: string | undefined;
  /** Of a view: the array, the end (`value` is the start), and whether all bytes are ASCII. */
  readonly view?:
    { readonly bytes: string; readonly end: string; readonly ascii: boolean; readonly path: Path } | undefined;
  /** Of a string: its code in a dictionary that grows with the loop's life, so that output columns hold codes. */
  readonly entry?: { readonly code: string; readonly dictionary: Dictionary } | undefined;
  /** A condition; undefined: never NULL, 'true': always. A NULL's value is some harmless value of its rep. */
  readonly isNull: string | undefined;
  /** Of a long: its size is at most this (what holds of any 64-bit number when absent). */
  readonly max?: bigint | undefined;
}

/** What the arrays of a batch look like to a loop; loops are generated once a shape. */
export type ColumnShape = string;

/** Where a loop finds an array or an object of the batch. */
export type Input = (batch: Batch) => unknown;

export interface EmitterOptions {
  readonly context: EvalContext;
  /** Shapes by path text (see shape.ts). */
  readonly shapes: ReadonlyMap<string, ColumnShape>;
  /**
   * narrow: decimals are held as longs, and a value beyond 64 bits makes the loop give up (`return -1`);
   * wide: decimals of more than 18 digits are held as bigs.
   */
  readonly mode: 'narrow' | 'wide';
  /** What is known of expressions over dictionaries: kept for all loops of a calc. */
  readonly memos: Map<string, MemoTable>;
}

export class Emitter {
  readonly options: EmitterOptions;
  /** What the loop takes of each batch: `C[0]`, `C[1]`, ... */
  readonly inputs: Input[] = [];
  /** What the loop takes once: `E[0]`, `E[1]`, ... */
  readonly constants: unknown[] = [];
  readonly #inputNames = new Map<string, string>();
  readonly #constantNames = new Map<unknown, string>();
  readonly #madeNames = new Map<string, string>();
  #lines: string[] = [];
  #known: Map<string, Code>[] = [new Map()];
  #count = 0;
  #scratch = 0;

  constructor(options: EmitterOptions) {
    this.options = options;
  }

  /** A fresh name. */
  name(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** `const` of an expression; its name. Names and numbers are given back as they are. */
  define(text: string, prefix = 'x'): string {
    if (/^(?:[A-Za-z_]\w*|-?\d+n?)$/.test(text)) return text;
    const name = this.name(prefix);
    this.line(`const ${name} = ${text};`);
    return name;
  }

  /** Something that the loop takes of each batch. `key` tells equal ones. */
  input(key: string, read: Input): string {
    let name = this.#inputNames.get(key);
    if (name === undefined) {
      name = `C${this.inputs.length}`;
      this.#inputNames.set(key, name);
      this.inputs.push(read);
    }
    return name;
  }

  /** A value or function that the loop uses as it is. */
  constant(value: unknown): string {
    let name = this.#constantNames.get(value);
    if (name === undefined) {
      name = `E${this.constants.length}`;
      this.#constantNames.set(value, name);
      this.constants.push(value);
    }
    return name;
  }

  /** An object that is made once for a key. */
  constantFor(key: string, make: () => unknown): string {
    let name = this.#madeNames.get(key);
    if (name === undefined) {
      name = this.constant(make());
      this.#madeNames.set(key, name);
    }
    return name;
  }

  /** A place in the scratch array of 64-bit integers: `T[n]`, and as words `W[2 * n]`, `W[2 * n + 1]`. */
  scratch(): number {
    return this.#scratch++;
  }
  get scratchSize(): number {
    return this.#scratch;
  }

  /** The code of a key in this scope or one around it. */
  find(key: string): Code | undefined {
    for (let i = this.#known.length - 1; i >= 0; i--) {
      const code = this.#known[i]!.get(key);
      if (code !== undefined) return code;
    }
    return undefined;
  }
  remember(key: string, code: Code): void {
    this.#known.at(-1)!.set(key, code);
  }

  /** Writes a block that may not be run: what is computed inside is forgotten after it. */
  block(open: string, write: () => void, close = '}'): void {
    this.line(open);
    this.#known.push(new Map());
    write();
    this.#known.pop();
    this.line(close);
  }

  /** All statements so far; the loop's body is taken once. */
  takeLines(): string[] {
    assert(this.#known.length === 1, 'blocks are closed');
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}

/** `a || b` of conditions that may be absent. */
export function either(...conditions: readonly (string | undefined)[]): string | undefined {
  const present = [...new Set(conditions.filter((condition) => condition !== undefined))];
  if (present.includes('true')) return 'true';
  return present.length === 0 ? undefined : present.length === 1 ? present[0] : `(${present.join(' || ')})`;
}

/** How values of a type are held. */
export function repOf(type: DataType, mode: 'narrow' | 'wide'): Rep {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean';
    case 'NULL':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'int';
    case 'BIGINT':
      return 'long';
    case 'DECIMAL':
      return mode === 'wide' && type.precision > 18 ? 'big' : 'long';
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      return 'double';
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? 'double' : 'pair';
    case 'CHAR':
    case 'VARCHAR':
    case 'VARIANT':
      return 'string';
    default:
      return 'value';
  }
}

/** A value that a NULL may have. */
export const harmless: Readonly<Record<Rep, string>> = {
  boolean: 'false',
  int: '0',
  double: '0',
  long: '0n',
  big: '0n',
  string: "''",
  view: '0',
  pair: '0',
  value: 'null',
};
