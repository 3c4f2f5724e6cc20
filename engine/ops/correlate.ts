import type { Batch } from '../data/batch.ts';
import { BATCH_ROWS } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { takeBytes, takeColumn } from '../data/take.ts';
import { takeNullable } from '../data/take-nullable.ts';
import { compileCalc } from '../expr/compile.ts';
import type { EvalContext, Expr } from '../expr/expr.ts';
import type { Expansion, TableCall } from '../functions/function.ts';
import { tableFunction } from '../functions/registry.ts';
import { assert } from '../assert.ts';
import { OneInput } from './one-input.ts';

export interface CorrelateOptions {
  /** Columns of the input that the output begins with. */
  readonly keep: readonly number[];
  readonly call: TableCall;
  readonly type: 'inner' | 'left';
  /** Over the output columns. */
  readonly condition: Expr | undefined;
}

/**
 * Calls a table function for each row: UNNEST, LATERAL TABLE(f(x)). Each row it makes comes beside its input row, with that row's kind.
 *
 * State: none. Emits: the rows that meet the condition; with `left`, a row that has none once with NULLs. Cost: the rows it makes.
 */
export class Correlate extends OneInput {
  readonly name: string;
  readonly #options: CorrelateOptions;
  readonly #arguments: (batch: Batch) => Batch;
  readonly #expand: (args: readonly Column[], length: number) => Expansion;
  readonly #meets: ((batch: Batch) => Batch) | undefined;

  constructor(options: CorrelateOptions, context: EvalContext) {
    super();
    const { call, condition } = options;
    const fn = tableFunction(call.fn);
    assert(fn !== undefined, `table function ${call.fn} is not registered`);
    this.name = `Correlate[${call.fn}]`;
    this.#options = options;
    this.#arguments = compileCalc(undefined, call.args, context);
    const argTypes = call.args.map(({ type }) => type);
    this.#expand = fn.implement({ argTypes, columns: call.columns, options: call.options ?? {} }, context);
    this.#meets = condition && compileCalc(undefined, [condition], context);
  }

  push(batch: Batch): void {
    // A row may make many: a large batch goes in pieces.
    for (let from = 0; from < batch.length; from += BATCH_ROWS) {
      this.#pushPart(sliceBatch(batch, from, Math.min(from + BATCH_ROWS, batch.length)));
    }
  }

  #pushPart(batch: Batch): void {
    const { columns, length } = this.#arguments(batch);
    const { offsets, columns: made } = this.#expand(columns, length);
    const { type, condition } = this.#options;
    if (condition === undefined && (type === 'inner' || hasAll(offsets, length))) {
      this.emit(this.#beside(batch, made, rowsOf(offsets, length), undefined));
      return;
    }
    const matches = condition === undefined ? undefined : this.#test(batch, made, offsets);
    const rows: number[] = [];
    const items: number[] = [];
    for (let i = 0; i < length; i++) {
      const before = rows.length;
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++) {
        if (matches?.[k] === 0) continue;
        rows.push(i);
        items.push(k);
      }
      if (type === 'inner' || rows.length > before) continue;
      rows.push(i);
      items.push(-1);
    }
    this.emit(this.#beside(batch, made, Int32Array.from(rows), Int32Array.from(items)));
  }

  /** 1 for each made row that meets the condition. */
  #test(batch: Batch, made: readonly Column[], offsets: Int32Array): Uint8Array {
    const all = this.#beside(batch, made, rowsOf(offsets, batch.length), undefined);
    const [column] = this.#meets!(all).columns as [Extract<Column, { storage: 'u8' }>];
    const { values, valid } = column;
    return valid === undefined ? values : values.map((value, i) => value & valid[i]!);
  }

  /** Input rows `rows` beside made rows `items` (-1: NULLs); without `items` all made rows in order. */
  #beside(batch: Batch, made: readonly Column[], rows: Int32Array, items: Int32Array | undefined): Batch {
    const { keep, call, type } = this.#options;
    const own = keep.map((index) => takeColumn(batch.columns[index]!, rows));
    const other = made.map((column, i) => {
      const taken = items === undefined ? column : takeNullable(column, items);
      const wanted = call.columns[i]!.type;
      return type === 'left' || taken.type.nullable !== wanted.nullable ? { ...taken, type: wanted } : taken;
    });
    return {
      length: rows.length,
      columns: [...own, ...other],
      kinds: batch.kinds && takeBytes(batch.kinds, rows, rows.length),
    };
  }
}

function hasAll(offsets: Int32Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (offsets[i] === offsets[i + 1]) return false;
  return true;
}

/** The input row of each made row. */
function rowsOf(offsets: Int32Array, length: number): Int32Array {
  const rows = new Int32Array(offsets[length]!);
  for (let i = 0; i < length; i++) rows.fill(i, offsets[i]!, offsets[i + 1]!);
  return rows;
}
