/** Tagged JSON values as values of the engine. */
import { hostValue } from '../../../engine/connectors/host-value.ts';
import { parseAnyTimestamp } from '../../../engine/formats/time-text.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import type { Json, Tagged } from './case.ts';

export const isTagged = (json: unknown): json is Tagged =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && '$' in json;

/** The value for a column of `type`. Throws MillraceError('CAST_FAILED') for one that does not fit. */
export function toValue(json: Json, type: DataType): Value {
  return hostValue(toHost(json, type), type);
}

/** What `hostValue` takes: texts for times and decimals, Maps, arrays. */
function toHost(json: Json, type: DataType): unknown {
  if (Array.isArray(json)) {
    const element = type.kind === 'ARRAY' ? type.element : type;
    return json.map((item: Json) => toHost(item, element));
  }
  if (!isTagged(json)) return json;
  const text = json.v as string;
  switch (json.$) {
    case 'bigint':
      return type.kind === 'BIGINT' ? BigInt(text) : text;
    case 'double':
    case 'float':
      return Number(text);
    case 'decimal':
      return type.kind === 'DECIMAL' ? text : Number(text);
    case 'time':
      return clock(text);
    case 'timestamp':
    case 'timestamp_ltz':
      return isoTimestamp(text);
    case 'duration':
      return Number(durationNanos(text) / 1_000_000n);
    case 'period':
      return periodMonths(text);
    case 'bytes':
      return Uint8Array.from(Buffer.from(text, 'hex'));
    case 'map': {
      const [key, item] = entryTypes(type);
      const pairs = json.v as readonly (readonly [Json, Json])[];
      return new Map(pairs.map(([k, v]) => [toHost(k, key), toHost(v, item)]));
    }
    case 'row': {
      const fields = type.kind === 'ROW' ? type.fields : [];
      return (json.v as readonly Json[]).map((item, i) => toHost(item, fields[i]?.type ?? type));
    }
    default:
      return json.v;
  }
}

export function entryTypes(type: DataType): [DataType, DataType] {
  if (type.kind === 'MAP') return [type.key, type.value];
  if (type.kind === 'MULTISET') return [type.element, { kind: 'INT', nullable: false }];
  return [type, type];
}

/** `08:15` → `08:15:00`: Java leaves seconds of zero out. */
const clock = (text: string): string => (/^\d\d:\d\d$/.test(text) ? `${text}:00` : text);
/** `2020-01-01T08:15Z` → `2020-01-01T08:15:00Z`. */
const isoTimestamp = (text: string): string => text.replace(/T(\d\d:\d\d)(?=Z?$)/, 'T$1:00');

/** Nanoseconds since 1970 of an ISO timestamp with or without Z; undefined if it is none. */
export function timestampNanos(text: string): bigint | undefined {
  const point = parseAnyTimestamp(isoTimestamp(text));
  return point && BigInt(point.ms) * 1_000_000n + BigInt(point.nanos);
}

/** Nanoseconds of the day of `08:15`, `08:15:00.5`. */
export function timeNanos(text: string): bigint | undefined {
  return timestampNanos(`1970-01-01T${text}`);
}

/** Nanoseconds of `PT26H3M4.5S`, `-PT1S`, `PT-0.5S`. */
export function durationNanos(text: string): bigint {
  const [, sign, days, hours, minutes, seconds] =
    /^(-?)P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?$/.exec(text)!;
  const whole = BigInt(days ?? 0) * 86_400n + BigInt(hours ?? 0) * 3600n + BigInt(minutes ?? 0) * 60n;
  const nanos = whole * 1_000_000_000n + BigInt(Math.round(Number(seconds ?? 0) * 1e9));
  return sign === '-' ? -nanos : nanos;
}

/** Months of `P1Y2M`. */
export function periodMonths(text: string): number {
  const [, sign, years, months] = /^(-?)P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:0D)?$/.exec(text)!;
  const total = Number(years ?? 0) * 12 + Number(months ?? 0);
  return sign === '-' ? -total : total;
}
