/** Rows as Flink's tests print them, of values of the engine and of expected values. */
import { valueText } from '../../../engine/connectors/row-text.ts';
import { formatDecimalPlain, formatDouble, formatFloat } from '../../../engine/formats/number-text.ts';
import { STRING, TIME, TIMESTAMP, TIMESTAMP_LTZ, type DataType } from '../../../engine/types/type.ts';
import type { MapValue, Value } from '../../../engine/types/value.ts';
import type { CaseRow, Json } from './case.ts';
import { entryTypes, isTagged, timeNanos, timestampNanos } from './tagged.ts';

/** How nested rows and decimals are printed, and how fields are joined. */
export interface TextStyle {
  /** `+I[a, 1]` for nested rows, or `a,1`. */
  readonly rows: 'java' | 'comma';
  /** As BigDecimal.toString, or without an exponent: what expected values are written in. */
  readonly decimals: 'scientific' | 'plain';
}
export const JAVA: TextStyle = { rows: 'java', decimals: 'scientific' };
export const COMMA: TextStyle = { rows: 'comma', decimals: 'scientific' };
export const PLAIN: TextStyle = { rows: 'java', decimals: 'plain' };

/** A value of the engine as Java's toString of it; entries of maps are sorted by their text. */
export function textOfValue(value: Value, type: DataType, style: TextStyle): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'DECIMAL':
      return style.decimals === 'plain' ? formatDecimalPlain(value as bigint, type.scale) : valueText(value, type);
    case 'ARRAY':
      return `[${(value as readonly Value[]).map((item) => textOfValue(item, type.element, style)).join(', ')}]`;
    case 'MAP':
    case 'MULTISET': {
      const [key, item] = entryTypes(type);
      return mapText(
        (value as MapValue).entries.map(([k, v]) => [textOfValue(k, key, style), textOfValue(v, item, style)]),
      );
    }
    case 'ROW': {
      const fields = (value as readonly Value[]).map((item, i) => textOfValue(item, type.fields[i]!.type, style));
      return style.rows === 'java' ? `+I[${fields.join(', ')}]` : fields.join(',');
    }
    default:
      return valueText(value, type);
  }
}

const mapText = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(', ')}}`;

/** An expected value in the same words. */
export function textOfExpected(json: Json): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return `[${json.map((item: Json) => textOfExpected(item)).join(', ')}]`;
  if (!isTagged(json)) return String(json);
  const text = json.v as string;
  switch (json.$) {
    case 'double':
      return formatDouble(Number(text));
    case 'float':
      return formatFloat(Math.fround(Number(text)));
    case 'time':
      return valueText(Number(timeNanos(text)! / 1_000_000n), TIME(3));
    case 'timestamp':
      return valueText(timestampNanos(text)!, TIMESTAMP(9));
    case 'timestamp_ltz':
      return valueText(timestampNanos(text)!, TIMESTAMP_LTZ(9));
    case 'bytes':
      return valueText(Uint8Array.from(Buffer.from(text, 'hex')), { ...STRING, kind: 'VARBINARY' } as DataType);
    case 'bitmap':
      return `{${(json.v as unknown as readonly number[]).join()}}`;
    case 'map':
      return mapText(
        (json.v as readonly (readonly [Json, Json])[]).map(([k, v]) => [textOfExpected(k), textOfExpected(v)]),
      );
    case 'row':
      return `${json.k ?? '+I'}[${(json.v as readonly Json[]).map(textOfExpected).join(', ')}]`;
    default:
      return text;
  }
}

/** `+I[a, 1, null]` of an expected row. */
export const expectedRowText = ([kind, ...values]: CaseRow): string =>
  `${kind}[${values.map(textOfExpected).join(', ')}]`;
