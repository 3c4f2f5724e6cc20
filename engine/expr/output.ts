/** Columns that generated loops fill: row `j` of the output. */
import type { Batch } from '../data/batch.ts';
import { storageOf, type Column, type Dictionary, type ViewStringColumn } from '../data/column.ts';
import { columnBuilder, type ColumnBuilder } from '../data/column-builder.ts';
import type { DataType } from '../types/type.ts';
import { locate, type Path } from './column-path.ts';
import { memoisedPath, memoSlot, memoTable } from './dictionary-memo.ts';
import { toNullable, toRep } from './convert.ts';
import type { Code, Emitter } from './emitter.ts';
import type { Expr } from './expr.ts';
import { generate } from './generate.ts';

/** Arrays of one output column, made anew for each batch and handed to the loop. */
export interface OutputArrays {
  readonly arrays: readonly unknown[];
  /** The column, once the loop has run; `nulls` says whether it met a NULL. */
  finish(nulls: boolean): Column;
}

export interface OutputColumn {
  /** Whether the loop counts NULLs in `q<index>` and fills a validity array. */
  readonly nullable: boolean;
  allocate(batch: Batch, n: number): OutputArrays;
}

/** Writes what stores `expr` into output column `index`; its arrays are named `O<index>_<n>`. */
export function generateOutput(emitter: Emitter, expr: Expr, index: number): OutputColumn {
  const memoised = expr.type.kind === 'VARCHAR' || expr.type.kind === 'CHAR' ? memoisedPath(emitter, expr) : undefined;
  if (memoised !== undefined) {
    const { table, slot } = memoSlot(emitter, expr, memoised);
    const codes = emitter.input(`${table} codes`, (batch) => memoTable(emitter, expr, memoised, batch).codes);
    const states = emitter.input(`${table} states`, (batch) => memoTable(emitter, expr, memoised, batch).states);
    emitter.line(`O${index}_1[j] = ${codes}[${slot}];`);
    const isNull = emitter.define(`${states}[${slot}] === 2`, 'z');
    emitter.line(`if (${isNull}) { O${index}_0[j] = 0; q${index} = true; } else O${index}_0[j] = 1;`);
    const derived = (batch: Batch): Dictionary => memoTable(emitter, expr, memoised, batch).derived;
    return { nullable: true, allocate: (batch, n) => allocateCodes(expr.type, derived(batch), n, true) };
  }
  const code = generate(emitter, expr);
  if (code.view !== undefined) storeView(emitter, code, index);
  else if (code.entry !== undefined) emitter.line(`O${index}_1[j] = ${code.entry.code};`);
  else store(emitter, code, expr.type, index);
  const nullable = code.isNull !== undefined;
  if (nullable) emitter.line(`if (${code.isNull!}) { O${index}_0[j] = 0; q${index} = true; } else O${index}_0[j] = 1;`);
  const { view, entry } = code;
  if (entry !== undefined)
    return { nullable, allocate: (_, n) => allocateCodes(expr.type, entry.dictionary, n, nullable) };
  if (view !== undefined)
    return { nullable, allocate: (batch, n) => allocateView(expr.type, batch, view.path, n, nullable) };
  return { nullable, allocate: (_, n) => allocate(expr.type, n, nullable, emitter.options.mode) };
}

function storeView(emitter: Emitter, { value, view, isNull }: Code, index: number): void {
  const orEmpty = (text: string): string => (isNull === undefined ? text : `${isNull} ? 0 : ${text}`);
  emitter.line(`O${index}_1[j] = ${orEmpty(value)};`);
  emitter.line(`O${index}_2[j] = ${orEmpty(view!.end)};`);
}

function allocateCodes(type: DataType, dictionary: Dictionary, n: number, nullable: boolean): OutputArrays {
  const valid = nullable ? new Uint8Array(n) : undefined;
  const codes = new Int32Array(n);
  return {
    arrays: [valid, codes],
    finish: (nulls) => ({
      type,
      storage: 'str',
      encoding: 'dict',
      length: n,
      valid: nulls ? valid : undefined,
      codes,
      dictionary,
    }),
  };
}

/** Views into the bytes of the column that they came of. */
function allocateView(type: DataType, batch: Batch, path: Path, n: number, nullable: boolean): OutputArrays {
  const valid = nullable ? new Uint8Array(n) : undefined;
  const [starts, ends] = [new Int32Array(n), new Int32Array(n)];
  const { bytes, ascii } = locate(batch, path).column as ViewStringColumn;
  return {
    arrays: [valid, starts, ends],
    finish: (nulls) => ({
      type,
      storage: 'str',
      encoding: 'view',
      length: n,
      valid: nulls ? valid : undefined,
      bytes,
      starts,
      ends,
      ascii,
    }),
  };
}

function store(emitter: Emitter, code: Code, type: DataType, index: number): void {
  const storage = storageOf(type);
  const target = `O${index}_1[j]`;
  switch (storage) {
    case 'u8':
      emitter.line(`${target} = ${toRep(emitter, code, 'boolean').value} ? 1 : 0;`);
      return;
    case 'i32':
      emitter.line(`${target} = ${toRep(emitter, code, 'int').value};`);
      return;
    case 'f32':
    case 'f64':
      emitter.line(`${target} = ${toRep(emitter, code, 'double').value};`);
      return;
    case 'i64':
      emitter.line(`${target} = ${toRep(emitter, code, 'long').value};`);
      return;
    case 'i128': {
      if (emitter.options.mode === 'narrow') {
        emitter.line(`${target} = ${toRep(emitter, code, 'long').value};`);
        return;
      }
      const { value } = toRep(emitter, code, 'big');
      emitter.line(`${target} = BigInt.asIntN(64, ${value});`);
      emitter.line(`O${index}_2[j] = BigInt.asIntN(64, ${value} >> 64n);`);
      return;
    }
    case 'ts': {
      const pair = toRep(emitter, code, 'pair');
      emitter.line(`${target} = ${pair.value};`);
      emitter.line(`O${index}_2[j] = ${pair.nanos ?? '0'};`);
      return;
    }
    case 'str':
      emitter.line(`${target} = ${code.isNull === undefined ? code.value : `${code.isNull} ? null : ${code.value}`};`);
      return;
    default:
      emitter.line(`O${index}_1.append(${toNullable(emitter, code, type)});`);
  }
}

function allocate(type: DataType, n: number, nullable: boolean, mode: 'narrow' | 'wide'): OutputArrays {
  const valid = nullable ? new Uint8Array(n) : undefined;
  const data = dataArrays(type, n, mode);
  return {
    arrays: [valid, ...data],
    finish: (nulls) => makeColumn(type, n, nulls ? valid : undefined, data),
  };
}

function dataArrays(type: DataType, n: number, mode: 'narrow' | 'wide'): readonly unknown[] {
  switch (storageOf(type)) {
    case 'u8':
      return [new Uint8Array(n)];
    case 'i32':
      return [new Int32Array(n)];
    case 'i64':
      return [new BigInt64Array(n)];
    case 'f32':
      return [new Float32Array(n)];
    case 'f64':
      return [new Float64Array(n)];
    case 'i128':
      return mode === 'narrow' ? [new BigInt64Array(n)] : [new BigInt64Array(n), new BigInt64Array(n)];
    case 'ts':
      return [new Float64Array(n), new Int32Array(n)];
    case 'str':
      return [new Array<string | null>(n)];
    default:
      return [columnBuilder(type, n)];
  }
}

function makeColumn(type: DataType, length: number, valid: Uint8Array | undefined, data: readonly unknown[]): Column {
  const storage = storageOf(type);
  const [first, second] = data;
  switch (storage) {
    case 'i128':
      return {
        type,
        length,
        valid,
        storage,
        values: first as BigInt64Array,
        high: second as BigInt64Array | undefined,
      };
    case 'ts':
      return { type, length, valid, storage, values: first as Float64Array, nanos: second as Int32Array };
    case 'str':
      return { type, length, valid, storage, encoding: 'js', values: first as (string | null)[] };
    case 'bin':
    case 'list':
    case 'map':
    case 'row':
      return (first as ColumnBuilder).finish();
    default:
      return { type, length, valid, storage, values: first } as Column;
  }
}
