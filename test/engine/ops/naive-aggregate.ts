/** Aggregates computed from the list of their values: what the incremental ones must equal. Written for clarity and in BigInt, not taken from the engine. */
import { compareText } from '../../../engine/state/aggregates/compare-values.ts';
import { valueKey } from '../../../engine/data/key.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import type { DataType } from '../../../engine/types/type.ts';
import { MapValue, type Value } from '../../../engine/types/value.ts';

type Row = readonly Value[];

/** The value of a call over the rows of a group, in the order of arrival. */
export function naiveAggregate(call: AggregateCall, types: readonly DataType[], rows: readonly Row[]): Value {
  const counted = rows.filter((row) => call.filter === undefined || row[call.filter] === true);
  if (call.args.length === 0) return BigInt(counted.length);
  const arg = call.args[0]!;
  let all: Value[] = counted.map((row) => row[arg]!);
  if (call.distinct) all = distinct(all);
  const values: Value[] = all.filter((value) => value !== null);
  return reduce(call, types[arg]!, all, values);
}

function reduce(call: AggregateCall, type: DataType, all: readonly Value[], values: readonly Value[]): Value {
  switch (call.fn) {
    case 'COUNT':
      return BigInt(values.length);
    case 'SUM':
      return values.length === 0 ? null : sum(call.type, values);
    case '$SUM0':
      return values.length === 0 ? zero(call.type) : sum(call.type, values);
    case 'AVG':
      return values.length === 0 ? null : average(call.type, type, values);
    case 'MIN':
    case 'MAX': {
      const sign = call.fn === 'MIN' ? 1 : -1;
      return values.length === 0 ? null : values.reduce((a, b) => (order(b, a) * sign < 0 ? b : a));
    }
    case 'FIRST_VALUE':
      return values[0] ?? null;
    case 'LAST_VALUE':
      return values.at(-1) ?? null;
    case 'LISTAGG':
      return values.length === 0 ? null : values.join((call.options?.['separator'] as string) ?? ',');
    case 'ARRAY_AGG': {
      const items = call.options?.['nulls'] === 'IGNORE' ? values : all;
      return items.length === 0 ? null : items;
    }
    case 'COLLECT': {
      const counts = new Map<string, [Value, number]>();
      for (const value of values) {
        const entry = counts.get(valueKey(value)) ?? [value, 0];
        entry[1]++;
        counts.set(valueKey(value), entry);
      }
      return new MapValue([...counts.values()]);
    }
    case 'SINGLE_VALUE':
      return all[0] ?? null;
    default:
      return spread(call, type, values);
  }
}

function distinct(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter((value) => !seen.has(valueKey(value)) && seen.add(valueKey(value)));
}

function order(a: Value, b: Value): number {
  if (typeof a === 'string') return compareText(a, b as string);
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  return Number(a! > b!) - Number(a! < b!);
}

const bits: Partial<Record<DataType['kind'], number>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

function zero(type: DataType): Value {
  return type.kind === 'BIGINT' || type.kind === 'DECIMAL' ? 0n : 0;
}

function sum(type: DataType, values: readonly Value[]): Value {
  const width = bits[type.kind];
  if (width !== undefined) {
    const total = BigInt.asIntN(
      width,
      values.reduce((s: bigint, v) => s + BigInt(v as number), 0n),
    );
    return width === 64 ? total : Number(total);
  }
  if (type.kind === 'DECIMAL') return fits(values.reduce((s: bigint, v) => s + (v as bigint), 0n));
  return values.reduce(
    (s: number, v) => (type.kind === 'FLOAT' ? Math.fround(s + (v as number)) : s + (v as number)),
    0,
  );
}

function fits(value: bigint): Value {
  const max = 10n ** 38n - 1n;
  return value > max || value < -max ? null : value;
}

function average(type: DataType, argument: DataType, values: readonly Value[]): Value {
  const count = BigInt(values.length);
  const width = bits[type.kind];
  if (width !== undefined) {
    const quotient =
      BigInt.asIntN(
        64,
        values.reduce((s: bigint, v) => s + BigInt(v as number), 0n),
      ) / count;
    return width === 64 ? quotient : Number(quotient);
  }
  if (type.kind === 'DECIMAL' && argument.kind === 'DECIMAL') {
    const total = values.reduce((s: bigint, v) => s + (v as bigint), 0n) * 10n ** BigInt(type.scale - argument.scale);
    const half = total < 0n ? -count : count;
    return fits((2n * total + half) / (2n * count));
  }
  const mean = values.reduce((s: number, v) => s + (v as number), 0) / values.length;
  return type.kind === 'FLOAT' ? Math.fround(mean) : mean;
}

/** Variance and deviation over DOUBLE, to 9 digits. */
function spread(call: AggregateCall, type: DataType, values: readonly Value[]): Value {
  const numbers = values.map((value) => (type.kind === 'DECIMAL' ? Number(value) / 10 ** type.scale : Number(value)));
  const n = numbers.length;
  const sample = call.fn.endsWith('SAMP') || call.fn === 'VARIANCE';
  if (n === 0 || (sample && n === 1)) return null;
  const mean = numbers.reduce((s, x) => s + x, 0) / n;
  const variance = numbers.reduce((s, x) => s + (x - mean) ** 2, 0) / (sample ? n - 1 : n);
  return call.fn.startsWith('STDDEV') ? Math.sqrt(variance) : variance;
}
