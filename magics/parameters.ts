/** `:name`, `:...name` and `{{expression}}` in SQL: values of the user's variables, bound as values, never pasted as text. */
import {
  type DataType,
  MillraceError,
  type ParameterUse,
  type ParameterValue,
  type Value,
  didYouMean,
} from '../engine/index.ts';
import type { MagicContext } from '../kernel/magic.ts';

const STRING: DataType = { kind: 'VARCHAR', length: 2147483647, nullable: true };

/** A JavaScript value as SQL: string → STRING, bigint → BIGINT, integer → BIGINT, number → DOUBLE, boolean, Date → TIMESTAMP_LTZ(3), null → NULL, arrays → ARRAY. */
export function sqlValue(value: unknown): { readonly value: Value; readonly type: DataType } | undefined {
  if (value === null || value === undefined) return { value: null, type: { kind: 'NULL', nullable: true } };
  switch (typeof value) {
    case 'string':
      return { value, type: STRING };
    case 'boolean':
      return { value, type: { kind: 'BOOLEAN', nullable: false } };
    case 'bigint':
      return { value, type: { kind: 'BIGINT', nullable: false } };
    case 'number':
      return Number.isSafeInteger(value)
        ? { value: BigInt(value), type: { kind: 'BIGINT', nullable: false } }
        : { value, type: { kind: 'DOUBLE', nullable: false } };
    default:
      break;
  }
  if (value instanceof Date) {
    return { value: value.getTime(), type: { kind: 'TIMESTAMP_LTZ', precision: 3, nullable: false } };
  }
  if (value instanceof Uint8Array) return { value, type: { kind: 'VARBINARY', length: 2147483647, nullable: false } };
  return undefined;
}

/** Looks parameters up among the user's variables. Throws where a variable is missing or has no SQL form. */
export function parameterLookup(
  ctx: MagicContext,
  evaluated: ReadonlyMap<string, unknown>,
): (parameter: ParameterUse) => ParameterValue | undefined {
  return ({ source: name }) => {
    if (!evaluated.has(name) && !ctx.variables.has(name)) {
      throw new MillraceError('SQL_INVALID', `there is no variable "${name}" to bind`, {
        hint: didYouMean(name, ctx.variables.names()) ?? 'define it in a TypeScript cell first',
      });
    }
    const value = evaluated.has(name) ? evaluated.get(name) : ctx.variables.get(name);
    if (Array.isArray(value)) {
      return { kind: 'list', items: value.map((item) => bound(name, item)) };
    }
    return { kind: 'value', ...bound(name, value) };
  };
}

function bound(name: string, value: unknown): { readonly value: Value; readonly type: DataType } {
  const found = sqlValue(value);
  if (found !== undefined) return found;
  throw new MillraceError('SQL_TYPE', `variable "${name}" has no SQL form`, {
    hint: 'strings, numbers, bigints, booleans, Dates, Uint8Arrays and arrays of these can be bound',
  });
}
