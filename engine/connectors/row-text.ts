/** Rows as Flink's `print` connector writes them: `+I[1, a"b, 2024-01-01T00:00, null, [a, b], {k=1}]`. */
import { rowKindText, type RowKind } from '../data/row-kind.ts';
import { formatDecimalScientific, formatDouble, formatFloat } from '../formats/number-text.ts';
import { formatDate } from '../formats/time-text.ts';
import type { Schema } from '../types/schema.ts';
import { bitmapToText } from '../types/bitmap.ts';
import type { DataType } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import { variantToJson } from '../types/variant.ts';
import { assert } from '../assert.ts';

const MS_PER_DAY = 86_400_000;

export function rowText(kind: RowKind, row: readonly Value[], schema: Schema): string {
  return `${rowKindText[kind]}[${row.map((value, i) => valueText(value, schema[i]!.type)).join(', ')}]`;
}

/** As `Row.toString` of Flink prints a value: NULL is `null`, a nested ROW carries `+I`. */
export function valueText(value: Value, type: DataType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'FLOAT':
      return formatFloat(value as number);
    case 'DOUBLE':
      return formatDouble(value as number);
    case 'DECIMAL':
      return formatDecimalScientific(value as bigint, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return `[${Array.from(value as Uint8Array, (byte) => (byte << 24) >> 24).join(', ')}]`;
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return timeText((value as number) * 1e6, true);
    case 'TIMESTAMP':
      return timestampText(value, true);
    case 'TIMESTAMP_LTZ':
      return `${timestampText(value, false)}Z`;
    case 'INTERVAL_YEAR_MONTH':
      return periodText(value as number);
    case 'INTERVAL_DAY_TIME':
      return durationText(value as number);
    case 'ARRAY':
      return `[${(value as readonly Value[]).map((item) => valueText(item, type.element)).join(', ')}]`;
    case 'MAP':
      return mapText(value as MapValue, type.key, type.value);
    case 'MULTISET':
      return mapText(value as MapValue, type.element, { kind: 'INT', nullable: false });
    case 'VARIANT':
      return variantToJson(value as string);
    case 'BITMAP':
      return bitmapToText(value as Uint8Array);
    case 'ROW':
      return `+I[${(value as readonly Value[]).map((item, i) => valueText(item, type.fields[i]!.type)).join(', ')}]`;
    default:
      assert(typeof value !== 'object', `a ${type.kind} is a scalar`);
      return String(value);
  }
}

const mapText = (map: MapValue, key: DataType, item: DataType): string =>
  `{${map.entries.map(([k, v]) => `${valueText(k, key)}=${valueText(v, item)}`).join(', ')}}`;

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/** LocalTime.toString: seconds and fractions only where needed, fractions in groups of three; an instant always has its seconds. */
function timeText(nanosOfDay: number, short: boolean): string {
  const seconds = Math.floor(nanosOfDay / 1e9);
  const nanos = nanosOfDay - seconds * 1e9;
  const head = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}`;
  if (short && seconds % 60 === 0 && nanos === 0) return head;
  const fraction = nanos === 0 ? '' : `.${pad(nanos, 9).replace(/(000)+$/, '')}`;
  return `${head}:${pad(seconds % 60)}${fraction}`;
}

function timestampText(value: Value, short: boolean): string {
  const nanos = typeof value === 'bigint' ? value : BigInt(value as number) * 1_000_000n;
  const perDay = BigInt(MS_PER_DAY) * 1_000_000n;
  const ofDay = ((nanos % perDay) + perDay) % perDay;
  return `${formatDate(Number((nanos - ofDay) / perDay))}T${timeText(Number(ofDay), short)}`;
}

/** Period.toString: `P1Y2M`. */
function periodText(months: number): string {
  const [years, rest] = [Math.trunc(months / 12), months % 12];
  return years === 0 && rest === 0 ? 'P0D' : `P${years === 0 ? '' : `${years}Y`}${rest === 0 ? '' : `${rest}M`}`;
}

/** Duration.toString: `PT26H3M4.5S`. */
function durationText(ms: number): string {
  if (ms === 0) return 'PT0S';
  const hours = Math.trunc(ms / 3_600_000);
  const minutes = Math.trunc((ms % 3_600_000) / 60_000);
  const rest = ms % 60_000;
  const text = `PT${hours === 0 ? '' : `${hours}H`}${minutes === 0 ? '' : `${minutes}M`}`;
  return rest === 0 ? text : `${text}${rest / 1000}S`;
}
