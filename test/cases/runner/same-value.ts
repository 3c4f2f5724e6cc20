/** Whether a value of the engine is the one that a case expects. */
import { parseIsoDate } from '../../../engine/formats/time-text.ts';
import { isInteger, isString, type DataType } from '../../../engine/types/type.ts';
import { decodeBitmap } from '../../../engine/types/bitmap.ts';
import type { MapValue, Value } from '../../../engine/types/value.ts';
import type { Json, Tagged } from './case.ts';
import { durationNanos, entryTypes, isTagged, periodMonths, timeNanos, timestampNanos } from './tagged.ts';

/** Compares deeply and by kind: an INT is no DOUBLE, a text no DATE. Entries of maps have no order. */
export function sameValue(value: Value, type: DataType, expected: Json): boolean {
  if (value === null || expected === null) return value === expected;
  if (isTagged(expected)) return sameTagged(value, type, expected);
  if (Array.isArray(expected)) {
    if (type.kind !== 'ARRAY') return false;
    const items = value as readonly Value[];
    return (
      items.length === expected.length && items.every((item, i) => sameValue(item, type.element, expected[i] as Json))
    );
  }
  if (typeof expected === 'boolean') return type.kind === 'BOOLEAN' && value === expected;
  if (typeof expected === 'string') return isString(type) && value === expected;
  return isInteger(type) && BigInt(value as number | bigint) === BigInt(expected as number);
}

function sameTagged(value: Value, type: DataType, { $: tag, v }: Tagged): boolean {
  const text = v as string;
  switch (tag) {
    case 'bigint':
      return isInteger(type) && BigInt(value as number | bigint) === BigInt(text);
    case 'double':
      return type.kind === 'DOUBLE' && Object.is(value, Number(text));
    case 'float':
      return type.kind === 'FLOAT' && Object.is(value, Math.fround(Number(text)));
    case 'decimal':
      return type.kind === 'DECIMAL' && sameDecimal(value as bigint, type.scale, text);
    case 'date':
      return type.kind === 'DATE' && value === parseIsoDate(text);
    case 'time':
      return type.kind === 'TIME' && BigInt(value as number) * 1_000_000n === timeNanos(text);
    case 'timestamp':
      return type.kind === 'TIMESTAMP' && nanosOf(value) === timestampNanos(text);
    case 'timestamp_ltz':
      return type.kind === 'TIMESTAMP_LTZ' && nanosOf(value) === timestampNanos(text);
    case 'duration':
      return type.kind === 'INTERVAL_DAY_TIME' && BigInt(value as number) * 1_000_000n === durationNanos(text);
    case 'period':
      return type.kind === 'INTERVAL_YEAR_MONTH' && value === periodMonths(text);
    case 'bytes':
      return value instanceof Uint8Array && Buffer.from(value).toString('hex') === text.toLowerCase();
    case 'bitmap':
      return (
        type.kind === 'BITMAP' &&
        decodeBitmap(value as Uint8Array)?.join() === (v as unknown as readonly number[]).join()
      );
    case 'map':
      return sameMap(value, type, v as readonly (readonly [Json, Json])[]);
    case 'row': {
      const items = v as readonly Json[];
      if (type.kind !== 'ROW' || items.length !== type.fields.length) return false;
      return items.every((item, i) => sameValue((value as readonly Value[])[i]!, type.fields[i]!.type, item));
    }
    default:
      return false;
  }
}

const nanosOf = (value: Value): bigint => (typeof value === 'bigint' ? value : BigInt(value as number) * 1_000_000n);

function sameDecimal(unscaled: bigint, scale: number, text: string): boolean {
  const [, sign, whole, fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text)!;
  const digits = BigInt(`${whole}${fraction}` || '0') * (sign === '-' ? -1n : 1n);
  const shift = scale - fraction.length;
  return shift >= 0 ? unscaled === digits * 10n ** BigInt(shift) : unscaled * 10n ** BigInt(-shift) === digits;
}

function sameMap(value: Value, type: DataType, pairs: readonly (readonly [Json, Json])[]): boolean {
  if (type.kind !== 'MAP' && type.kind !== 'MULTISET') return false;
  const [key, item] = entryTypes(type);
  const left = [...(value as MapValue).entries];
  if (left.length !== pairs.length) return false;
  return pairs.every(([k, v]) => {
    const at = left.findIndex((entry) => sameValue(entry[0], key, k) && sameValue(entry[1], item, v));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}
