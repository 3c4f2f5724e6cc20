/**
 * CAST and TRY_CAST between any two types for which types/cast-rules.ts says they exist. Semantics are those of Flink 2.3's cast rules.
 * Where Flink is wrong before 1970 (TIMESTAMP to DATE and TIME cut towards zero) we give the right day.
 */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { EvalContext } from '../expr/expr.ts';
import { isBinary, isInteger, isString, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import { noCast, type Cast } from './cast-none.ts';
import { castFromNumber } from './cast-number.ts';
import { castFromText, castToBinary, fitText } from './cast-text.ts';
import { legacyCast } from './cast-legacy.ts';
import { castFromTime } from './cast-time.ts';
import { castFromVariant } from './cast-variant.ts';
import { textOf } from '../types/text.ts';
import { timeZone } from '../types/time-zone.ts';

/**
 * The cast of values of `from` to `to`. It throws MillraceError CAST_FAILED where Flink fails the job; with `safe` it gives NULL instead.
 *
 *     castFunction(STRING, INT, { safe: false, context })(' 12 ')   // 12
 *     castFunction(INT, TINYINT, { safe: false, context })(300)     // 44, integers wrap
 */
export function castFunction(
  from: DataType,
  to: DataType,
  {
    safe,
    legacy,
    context,
  }: { readonly safe: boolean; readonly legacy?: true | undefined; readonly context: EvalContext },
): Cast {
  const cast = (legacy ? legacyCast(from, to, context) : undefined) ?? plainCast(from, to, context);
  if (!safe && !legacy) return cast;
  return (value) => {
    try {
      return cast(value);
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'CAST_FAILED') return null;
      throw error;
    }
  };
}

const identity: Cast = (value) => value;

function plainCast(from: DataType, to: DataType, context: EvalContext): Cast {
  if (from.kind === 'NULL') return identity;
  if (from.kind === 'VARIANT') return to.kind === 'VARIANT' ? identity : castFromVariant(to);
  if (isString(to)) return castToText(from, to, context);
  if (isBinary(to)) return castToBinary(from, to);
  if (isString(from)) return castFromText(to, context);
  switch (from.kind) {
    case 'BOOLEAN':
      return to.kind === 'BOOLEAN' ? identity : castFromBoolean(to);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
      return castFromNumber(from, to);
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return castFromTime(from, to, context);
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return to.kind === from.kind ? identity : noCast(from, to);
    case 'ARRAY':
    case 'MULTISET':
    case 'MAP':
    case 'ROW':
      return castNested(from, to, context);
    case 'BITMAP':
      return to.kind === 'BITMAP' ? identity : noCast(from, to);
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
    case 'DESCRIPTOR':
      return noCast(from, to);
    default:
      return unreachable(from);
  }
}

function castToText(from: DataType, to: DataType, context: EvalContext): Cast {
  const fit = fitText(to);
  if (isString(from)) return fit ?? identity;
  const text = textOf(from, timeZone(context.timeZone));
  return fit === undefined ? text : (value) => fit(text(value));
}

function castFromBoolean(to: DataType): Cast {
  switch (to.kind) {
    case 'BIGINT':
      return (value: boolean) => (value ? 1n : 0n);
    case 'DECIMAL': {
      const one = castFromNumber({ kind: 'INT', nullable: false }, to)(1);
      return (value: boolean) => (value ? one : 0n);
    }
    default:
      if (isInteger(to) || to.kind === 'FLOAT' || to.kind === 'DOUBLE') return (value: boolean) => (value ? 1 : 0);
      return noCast({ kind: 'BOOLEAN', nullable: true }, to);
  }
}

/** Element by element; one that fails makes the whole cast fail. */
function castNested(from: DataType, to: DataType, context: EvalContext): Cast {
  const part = (a: DataType, b: DataType): ((value: Value) => Value) => {
    const cast = plainCast(a, b, context);
    return (value) => (value === null ? null : cast(value));
  };
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = part(from.element, to.element);
    return (value: readonly Value[]) => value.map(element);
  }
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') {
    const element = part(from.element, to.element);
    return (value: MapValue) => new MapValue(value.entries.map(([item, count]) => [element(item), count]));
  }
  if (from.kind === 'MAP' && to.kind === 'MAP') {
    const key = part(from.key, to.key);
    const item = part(from.value, to.value);
    return (value: MapValue) => new MapValue(value.entries.map(([k, v]) => [key(k), item(v)]));
  }
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    const fields = from.fields.map((field, i) => part(field.type, to.fields[i]!.type));
    return (value: readonly Value[]) => fields.map((field, i) => field(value[i]!));
  }
  return noCast(from, to);
}
