/**
 * Results as Flink's SQL gateway prints them (row format JSON): `millrace sql --format ndjson` gives exactly these texts, so that a script
 * can be compared line by line with a real Flink. Numbers are written as text because JavaScript's cannot hold a BIGINT.
 */
import { unreachable } from '../assert.ts';
import { bitmapToText } from '../types/bitmap.ts';
import { decimalToText, doubleToText, floatToText } from '../types/number-text.ts';
import { dateToText, timeToText, timestampToText } from '../types/text.ts';
import { timeZone } from '../types/time-zone.ts';
import type { DataType } from '../types/type.ts';
import { MAX_LENGTH } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import { variantToJson } from '../types/variant.ts';

/** The type as the gateway's logical type spells it: INTEGER, INTERVAL(2) DAY TIME. */
export function gatewayType(type: DataType): string {
  return `${bareType(type)}${type.nullable ? '' : ' NOT NULL'}`;
}

function bareType(type: DataType): string {
  switch (type.kind) {
    case 'INT':
      return 'INTEGER';
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'VARCHAR':
      return type.length === MAX_LENGTH ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === MAX_LENGTH ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`;
    case 'INTERVAL_YEAR_MONTH':
      return `INTERVAL(${type.precision}) YEAR MONTH`;
    case 'INTERVAL_DAY_TIME':
      return `INTERVAL(${type.precision}) DAY TIME`;
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${gatewayType(type.element)}>`;
    case 'MAP':
      return `MAP<${gatewayType(type.key)}, ${gatewayType(type.value)}>`;
    case 'ROW': {
      const fields = type.fields.map((field) => `\`${field.name}\` ${gatewayType(field.type)}`);
      if (type.className === undefined) return `ROW<${fields.join(', ')}>`;
      return `STRUCTURED<${[`'${type.className.replaceAll("'", "''")}'`, ...fields].join(', ')}>`;
    }
    default:
      return type.kind;
  }
}

/** The JSON text of a value. */
export function gatewayJson(value: Value, type: DataType, zone: string): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'NULL':
      return 'null';
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return String(value);
    case 'FLOAT':
      return Number.isFinite(value) ? floatToText(value as number) : JSON.stringify(floatToText(value as number));
    case 'DOUBLE':
      return Number.isFinite(value) ? doubleToText(value as number) : JSON.stringify(doubleToText(value as number));
    case 'DECIMAL':
      return trimZeros(decimalToText(value as bigint, type.scale));
    case 'CHAR':
    case 'VARCHAR':
      return JSON.stringify(value);
    case 'VARIANT':
      return JSON.stringify(variantToJson(value as string));
    case 'BITMAP':
      return JSON.stringify(bitmapToText(value as Uint8Array));
    case 'BINARY':
    case 'VARBINARY':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'DATE':
      return JSON.stringify(dateToText(value as number));
    case 'TIME':
      return JSON.stringify(trimZeros(timeToText(value as number, 3)));
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return JSON.stringify(timestampJson(value as number | bigint, type.kind === 'TIMESTAMP_LTZ' ? zone : undefined));
    case 'ARRAY':
      return `[${(value as readonly Value[]).map((item) => gatewayJson(item, type.element, zone)).join(',')}]`;
    case 'MAP':
      return object((value as MapValue).entries, type.key, type.value, zone);
    case 'MULTISET':
      return object((value as MapValue).entries, type.element, { kind: 'INT', nullable: false }, zone);
    case 'ROW': {
      const fields = type.fields.map((field, i) => {
        const item = gatewayJson((value as readonly Value[])[i] ?? null, field.type, zone);
        return `${JSON.stringify(field.name)}:${item}`;
      });
      return `{${fields.join(',')}}`;
    }
    case 'DESCRIPTOR':
      return unreachable(type as never);
    default:
      return unreachable(type);
  }
}

function object(entries: MapValue['entries'], key: DataType, item: DataType, zone: string): string {
  const parts = entries.map(([name, value]) => {
    const text = typeof name === 'string' ? name : gatewayJson(name, key, zone).replace(/^"|"$/g, '');
    return `${JSON.stringify(text)}:${gatewayJson(value, item, zone)}`;
  });
  return `{${parts.join(',')}}`;
}

/** 1.10 → 1.1, 2.000 → 2. */
const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** ISO-8601 with the fraction's zeros dropped; an instant is shown on the session's wall clock, with the gateway's (false) Z. */
function timestampJson(value: number | bigint, zone: string | undefined): string {
  const wide = typeof value === 'bigint';
  let ms = wide ? Number(value >= 0n ? value / 1_000_000n : (value - 999_999n) / 1_000_000n) : value;
  const nanos = wide ? Number(value - BigInt(ms) * 1_000_000n) : 0;
  if (zone !== undefined) ms = timeZone(zone).toLocal(ms);
  const text = trimZeros(timestampToText(ms, nanos, 9)).replace(' ', 'T');
  return zone === undefined ? text : `${text}Z`;
}
