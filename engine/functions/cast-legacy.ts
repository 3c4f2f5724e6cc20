/**
 * CAST with `table.exec.legacy-cast-behaviour` = ENABLED, as before Flink 1.15: a value that does not fit gives NULL; texts and bytes are
 * not cut, and only CHAR is padded; texts of nested values have the old form: (1,null), [true, null], {k=false}.
 */
import type { EvalContext } from '../expr/expr.ts';
import { textOf } from '../types/text.ts';
import { timeZone, type TimeZone } from '../types/time-zone.ts';
import { BYTES, isBinary, isString, type DataType } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import type { Cast } from './cast-none.ts';
import { castToBinary, fitText } from './cast-text.ts';

/** Where the old rules differ in what a value becomes; undefined where they do not. */
export function legacyCast(from: DataType, to: DataType, context: EvalContext): Cast | undefined {
  if (isBinary(to) && (isString(from) || isBinary(from))) return castToBinary(from, BYTES);
  if (!isString(to) || from.kind === 'NULL' || from.kind === 'VARIANT') return undefined;
  const text = legacyText(from, timeZone(context.timeZone));
  if (to.kind !== 'CHAR') return text;
  const pad = fitText(to)!;
  return (value) => {
    const own = text(value);
    return own.length < to.length ? pad(own) : own;
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of `type`
function legacyText(type: DataType, zone: TimeZone): (value: any) => string {
  const part = (own: DataType): ((value: Value) => string) => {
    const text = legacyText(own, zone);
    return (value) => (value === null ? 'null' : text(value));
  };
  switch (type.kind) {
    case 'BOOLEAN':
      return String;
    case 'ARRAY': {
      const element = part(type.element);
      return (value: readonly Value[]) => `[${value.map(element).join(', ')}]`;
    }
    case 'MAP':
    case 'MULTISET': {
      const key = part(type.kind === 'MAP' ? type.key : type.element);
      const item = type.kind === 'MAP' ? part(type.value) : String;
      return (value: MapValue) => `{${value.entries.map(([k, v]) => `${key(k)}=${item(v)}`).join(', ')}}`;
    }
    case 'ROW': {
      const fields = type.fields.map((field) => part(field.type));
      return (value: readonly Value[]) => `(${fields.map((field, i) => field(value[i]!)).join(',')})`;
    }
    default:
      return textOf(type, zone);
  }
}
