/** Values of SQL as the texts and numbers that drivers of databases give and take. */
import { castFunction } from '../functions/cast.ts';
import { STRING, typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

const context = { timeZone: 'UTC', now: 0, watermark: undefined };
const parsers = new Map<string, (text: Value) => Value>();
const writers = new Map<string, (value: Value) => Value>();

/** The value of a text as CAST reads it. Throws CAST_FAILED. */
export function valueOfText(text: string, type: DataType): Value {
  const key = typeToString(type);
  let parse = parsers.get(key);
  if (parse === undefined) parsers.set(key, (parse = castFunction(STRING, type, { safe: false, context })));
  return parse(text);
}

/** The text of a value as CAST writes it: UTC for TIMESTAMP_LTZ. */
export function textOfValue(value: Value, type: DataType): string {
  const key = typeToString(type);
  let write = writers.get(key);
  if (write === undefined) writers.set(key, (write = castFunction(type, STRING, { safe: false, context })));
  return write(value) as string;
}
