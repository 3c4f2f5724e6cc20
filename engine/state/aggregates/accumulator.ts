/**
 * The contract of accumulators: what an aggregate remembers about a group and the code that changes and reads it.
 *
 * Code is text that aggregate-code.ts puts into one loop over rows for all aggregates of an operator, so that a numeric aggregate costs
 * a few instructions a row and no call. `Names` spells the variables of that loop; user values never enter it as text.
 */
import type { DataType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';

export type FieldKind = 'i32' | 'f32' | 'f64' | 'any';

/** A part of a group's state: `width` numbers, zero (or for 'any' a value, undefined) when the group is empty. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly width?: number | undefined;
  /** For 'any': the type of the values, so that they can be saved as a column. */
  readonly type?: DataType | undefined;
}

/**
 * How a result travels from state to a column, without objects:
 *   u8 i32 f32 f64   one number
 *   n64              a whole number below 2^53 for a BIGINT column
 *   h64              the two Int32 halves of an i64, low half first
 *   h128             the four Int32 words of an i128, lowest first
 *   any              a Value (null = NULL)
 */
export type ResultLane = 'u8' | 'i32' | 'f32' | 'f64' | 'n64' | 'h64' | 'h128' | 'any';

/** Numbers of variables that a result lane takes. */
export const laneWidth: Readonly<Record<ResultLane, number>> = {
  u8: 1,
  i32: 1,
  f32: 1,
  f64: 1,
  n64: 1,
  h64: 2,
  h128: 4,
  any: 1,
};

export interface Names {
  /** Number `k` of the field for the group at hand. */
  at(field: string, k?: number): string;
  /** How many values the group holds; in `add` and `retract` as it was before. For accumulators with `counts`. */
  readonly count: string;
  /** The same of the group that is merged in. */
  readonly otherCount: string;
  /** `array, index`: where the group's first number of the field is. */
  ref(field: string): string;
  /** The same of the group that is merged into it. */
  from(field: string, k?: number): string;
  /** The argument of this row as a number: i32, u8, f32, f64, the ms of a ts. */
  readonly x: string;
  /** Int32 word `k` of the argument: i64 has 2, i128 has 4 (sign-extended when the column has no high half); i32 arguments have 1. */
  word(k: number): string;
  /** The nanoseconds of a ts argument. */
  readonly nanos: string;
  /** The argument as a Value. */
  readonly value: string;
  /** Argument `k` as a Value. */
  argument(k: number): string;
  /** Whether the argument is NULL; for accumulators that do not ignore NULLs. */
  readonly isNull: string;
  /** Constant `k` of the accumulator: user values never enter code as text. */
  constant(k: number): string;
  /** The group, and the row. */
  readonly group: string;
  readonly row: string;
  /** The helper object, and that of the state that is merged in. */
  readonly helper: string;
  readonly otherHelper: string;
  /** The number of the group that is merged in. */
  readonly otherGroup: string;
  /** For accumulators with `entries`: the number of this row's (group, value) pair. */
  readonly entry: string;
  /** Key lane `l` of the entry table's value: its array's name. */
  entryLane(l: number): string;
}

/** State that is not in fields: lists, heaps. */
export interface Helper {
  reset(group: number): void;
  clear(): void;
  /** Without these it is rebuilt by adding the entries again. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
  /** For `each`: adds what `other` holds; groups and entries of `other` become those that the arrays say. */
  mergeFrom?(other: Helper, groups: Int32Array, entries: Int32Array): void;
  readonly byteLength: number;
}

/** The table of distinct (group, value) pairs that an accumulator with `entries` shares with others over the same column. */
export interface EntryTable {
  /** Key lanes by entry number: lane 0 is the group, the rest the value. */
  readonly keys: readonly (Uint8Array | Int32Array | Float64Array)[];
  compare(a: number, b: number): number;
  /** The value of an entry; null for NULL. */
  value(entry: number): Value;
}

export type ArgumentUse = 'x' | 'words' | 'nanos' | 'value';

export interface Accumulator {
  readonly fields: readonly Field[];
  /** Whether it needs `count`. The loop keeps it, once for all accumulators that see the same rows. */
  readonly counts?: boolean | undefined;
  readonly lanes: readonly ResultLane[];
  readonly constants?: readonly unknown[] | undefined;
  /** Rows whose (first) argument is NULL are not given to `add` and `retract`. */
  readonly ignoresNull: boolean;
  /** Which forms of the argument the code uses. */
  readonly uses: readonly ArgumentUse[];
  /**
   * `first`: `add` runs when the row is the first with its value in the group, `retract` when it was the last one; both see `entry`.
   * `each`: they run for every row and see `entry`.
   */
  readonly entries?: 'first' | 'each' | undefined;
  /** Makes the helper; accumulators with entries get the table. */
  makeHelper?(entries: EntryTable | undefined): Helper;
  add(n: Names): string;
  retract(n: Names): string;
  /** Merges another group's state in; not called for accumulators with entries, whose values are added again. */
  merge(n: Names): string;
  /** Statements that declare const `${p}0`, `${p}1`, ... (all lanes' variables in order) and, unless `neverNull`, `${p}v` (1 = value, 0 = NULL). */
  read(n: Names, p: string): string;
  readonly neverNull: boolean;
}
