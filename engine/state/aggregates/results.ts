/** Result lanes to output arrays and from there to columns. */
import type { DataType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import { unreachable } from '../../assert.ts';
import { storageOf, type Column } from '../../data/column.ts';
import { columnOf } from '../../data/column-builder.ts';
import { longsOf, Slab, type ArrayKind } from '../typed.ts';
import { laneWidth, type Accumulator, type ResultLane } from './accumulator.ts';

export type OutputArray = Uint8Array | Int32Array | Float32Array | Float64Array | Value[];

/** The arrays of a result lane: kind and entries a row. 'any' is a JavaScript array. */
const laneArrays: Readonly<Record<ResultLane, readonly (readonly [kind: ArrayKind, width: number])[]>> = {
  u8: [['u8', 1]],
  i32: [['i32', 1]],
  f32: [['f32', 1]],
  f64: [['f64', 1]],
  n64: [['i32', 2]],
  h64: [['i32', 2]],
  h128: [
    ['i32', 2],
    ['i32', 2],
  ],
  any: [['any', 1]],
};

/** Number of arrays that hold a unit's results: its lanes and, unless it is never NULL, one byte a row. */
export function outputCount({ lanes, neverNull }: Accumulator): number {
  return lanes.reduce((sum, lane) => sum + (lane === 'h128' ? 2 : 1), 0) + (neverNull ? 0 : 1);
}

/** Output arrays for `capacity` rows of all accumulators, flat, in one piece of memory that is not cleared. */
export function makeOutputs(accumulators: readonly Accumulator[], capacity: number): OutputArray[] {
  const arrays = accumulators.flatMap(({ lanes, neverNull }) => [
    ...lanes.flatMap((lane) => laneArrays[lane]),
    ...(neverNull ? [] : [['u8', 1] as const]),
  ]);
  const slab = new Slab(
    arrays.reduce((sum, [kind, width]) => sum + (kind === 'any' ? 0 : Slab.bytes(sizes[kind], capacity * width)), 0),
  );
  return arrays.map(([kind, width]) =>
    kind === 'any' ? boxes(capacity) : (slab.take(kind, capacity * width) as OutputArray),
  );
}

/** Of their full length at once: an array that grows is copied again and again. */
const boxes = (capacity: number): Value[] => new Array<Value>(capacity);

const sizes = { u8: 1, i32: 4, i64: 8, f32: 4, f64: 8 } as const;

/** The first `n` rows of scratch outputs for `capacity` rows, in memory of their own; JavaScript arrays are handed over and replaced in `outputs`. */
export function copyOutputs(outputs: OutputArray[], capacity: number, n: number): OutputArray[] {
  let bytes = 0;
  for (const array of outputs) {
    if (!Array.isArray(array)) bytes += Slab.bytes(array.BYTES_PER_ELEMENT, (array.length / capacity) * n);
  }
  const slab = new Slab(bytes);
  return outputs.map((array, i) => {
    if (!Array.isArray(array)) return slab.copy(array, (array.length / capacity) * n);
    outputs[i] = boxes(capacity);
    return array;
  });
}

/** The variables that hold a result: `${p}0`, ... */
export function variables(accumulator: Accumulator, p: string): string[] {
  const count = accumulator.lanes.reduce((sum, lane) => sum + laneWidth[lane], 0);
  return Array.from({ length: count }, (_, i) => `${p}${i}`);
}

/** Statements that write the variables `${p}0`, ... to row `o` of the arrays `${array}${first}`, ... */
export function writeSource(accumulator: Accumulator, p: string, array: string, first: number, o: string): string {
  const lines: string[] = [];
  let at = first;
  let v = 0;
  for (const lane of accumulator.lanes) {
    const out = `${array}${at}`;
    switch (lane) {
      case 'n64':
        lines.push(
          // Counts are rarely large: a comparison is cheaper than rounding.
          `${out}[2 * ${o}] = ${p}${v} | 0; ${out}[2 * ${o} + 1] = ${p}${v} >= 0 && ${p}${v} < 4294967296 ? 0 : Math.floor(${p}${v} * 2.3283064365386963e-10);`,
        );
        break;
      case 'h64':
        lines.push(`${out}[2 * ${o}] = ${p}${v}; ${out}[2 * ${o} + 1] = ${p}${v + 1};`);
        break;
      case 'h128':
        lines.push(`${out}[2 * ${o}] = ${p}${v}; ${out}[2 * ${o} + 1] = ${p}${v + 1};`);
        lines.push(`${array}${at + 1}[2 * ${o}] = ${p}${v + 2}; ${array}${at + 1}[2 * ${o} + 1] = ${p}${v + 3};`);
        at++;
        break;
      default:
        lines.push(`${out}[${o}] = ${p}${v};`);
    }
    v += laneWidth[lane];
    at++;
  }
  if (!accumulator.neverNull) lines.push(`${array}${at}[${o}] = ${p}v;`);
  return lines.join(' ');
}

/** The reverse: declares `${p}0`, ... from row `o` of the arrays. */
export function loadSource(accumulator: Accumulator, p: string, array: string, first: number, o: string): string {
  const lines: string[] = [];
  let at = first;
  let v = 0;
  for (const lane of accumulator.lanes) {
    const out = `${array}${at}`;
    switch (lane) {
      case 'n64':
        lines.push(`const ${p}${v} = ${out}[2 * ${o} + 1] * 4294967296 + (${out}[2 * ${o}] >>> 0);`);
        break;
      case 'h64':
        lines.push(`const ${p}${v} = ${out}[2 * ${o}], ${p}${v + 1} = ${out}[2 * ${o} + 1];`);
        break;
      case 'h128':
        lines.push(`const ${p}${v} = ${out}[2 * ${o}], ${p}${v + 1} = ${out}[2 * ${o} + 1];`);
        lines.push(`const ${p}${v + 2} = ${array}${at + 1}[2 * ${o}], ${p}${v + 3} = ${array}${at + 1}[2 * ${o} + 1];`);
        at++;
        break;
      default:
        lines.push(`const ${p}${v} = ${out}[${o}];`);
    }
    v += laneWidth[lane];
    at++;
  }
  if (!accumulator.neverNull) lines.push(`const ${p}v = ${array}${at}[${o}];`);
  return lines.join(' ');
}

/** Whether two results (variables with prefixes `a` and `b`) differ, as Flink compares them: NULL equals NULL, NaN differs from itself. */
export function differSource(accumulator: Accumulator, a: string, b: string): string {
  const tests = accumulator.neverNull ? [] : [`${a}v !== ${b}v`];
  let v = 0;
  for (const lane of accumulator.lanes) {
    for (let i = 0; i < laneWidth[lane]; i++, v++) {
      tests.push(lane === 'any' ? `!sameValue(${a}${v}, ${b}${v})` : `${a}${v} !== ${b}${v}`);
    }
  }
  return tests.join(' || ');
}

/** The column of the first `n` rows of output arrays `first`, ...; the arrays become the column's own. */
export function resultColumn(
  accumulator: Accumulator,
  type: DataType,
  outputs: readonly OutputArray[],
  first: number,
  n: number,
): Column {
  const values = outputs[first]!;
  const last = first + outputCount(accumulator) - 1;
  const valid = accumulator.neverNull ? undefined : validOrNone(outputs[last] as Uint8Array, n);
  if (Array.isArray(values)) return boxedColumn(type, values, n, valid);
  const length = n;
  const storage = storageOf(type);
  switch (storage) {
    case 'u8':
      return { type, length, valid, storage, values: values as Uint8Array };
    case 'i32':
      return { type, length, valid, storage, values: values as Int32Array };
    case 'f32':
      return { type, length, valid, storage, values: values as Float32Array };
    case 'f64':
      return { type, length, valid, storage, values: values as Float64Array };
    case 'i64':
      return { type, length, valid, storage, values: longsOf(values as Int32Array) };
    case 'i128': {
      const low = values as Int32Array;
      const high = outputs[first + 1] as Int32Array;
      return {
        type,
        length,
        valid,
        storage,
        values: longsOf(low),
        high: isNarrow(low, high, n) ? undefined : longsOf(high),
      };
    }
    case 'ts':
      return { type, length, valid, storage, values: values as Float64Array, nanos: outputs[first + 1] as Int32Array };
    case 'str':
    case 'bin':
    case 'list':
    case 'map':
    case 'row':
      throw new Error('Millrace bug: a boxed result in typed arrays');
    default:
      return unreachable(storage);
  }
}

function boxedColumn(type: DataType, values: Value[], n: number, valid: Uint8Array | undefined): Column {
  values.length = n;
  if (storageOf(type) !== 'str') return columnOf(type, values);
  return { type, length: n, valid, storage: 'str', encoding: 'js', values: values as (string | null)[] };
}

function validOrNone(valid: Uint8Array, n: number): Uint8Array | undefined {
  return valid.subarray(0, n).includes(0) ? valid : undefined;
}

/** Whether all high halves only repeat the sign. */
function isNarrow(low: Int32Array, high: Int32Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const sign = low[2 * i + 1]! >> 31;
    if (high[2 * i] !== sign || high[2 * i + 1] !== sign) return false;
  }
  return true;
}
