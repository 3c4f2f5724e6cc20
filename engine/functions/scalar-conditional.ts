/**
 * COALESCE, IFNULL, NULLIF, IF, GREATEST, LEAST, the tests of strings IS_ALPHA, IS_DECIMAL, IS_DIGIT, and TYPEOF.
 * IF, IFNULL and COALESCE evaluate only what they need (expr/macros.ts).
 */
import { MillraceError } from '../errors.ts';
import { commonType, comparisonTypes, isOrdered, leastRestrictive } from '../types/coerce.ts';
import { comparatorOf, equalityOf } from '../types/compare.ts';
import { parseDouble } from '../types/parse.ts';
import {
  BOOLEAN,
  isBinary,
  isInteger,
  isNumeric,
  isString,
  STRING,
  typeToString,
  withNullable,
  type DataType,
} from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { castFunction } from './cast.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import { always, defineScalar, numeric, text, type Parameter } from './scalar-define.ts';
import { hasSurrogates } from './scalar-text.ts';

type Resolved = Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;

/** All arguments as their common type; `nullable` says when the result is. */
function common(args: readonly Argument[], nullable: 'any' | 'all'): Resolved {
  const types = args.map((arg) => arg.type);
  const type = commonType(types);
  if (type === undefined || type.kind === 'NULL') return undefined;
  const isNullable = nullable === 'all' ? types.every((own) => own.nullable) : types.some((own) => own.nullable);
  return { argTypes: types.map((own) => withNullable(type, own.nullable)), type: withNullable(type, isNullable) };
}

function rejectNulls(name: string, args: readonly Argument[]): void {
  if (args.every((arg) => arg.type.kind !== 'NULL')) return;
  throw new MillraceError('SQL_TYPE', `a bare NULL has no type as an argument of ${name}`, {
    hint: 'give it one: CAST(NULL AS STRING)',
  });
}

const coalesce: ScalarFunction = {
  name: 'COALESCE',
  signature: 'COALESCE(value, ...)',
  summary: 'The first argument that is not NULL.',
  nulls: 'custom',
  deterministic: true,
  resolve: (args) => (args.length === 0 ? undefined : common(args, 'all')),
  implement:
    () =>
    (...values: readonly Value[]) => {
      for (let i = 0; i < values.length; i++) if (values[i] !== null) return values[i]!;
      return null;
    },
};

/** IFNULL of a text or of bytes that is never NULL is that value, not cast to the longer type of both. */
function keepsFirst(args: readonly Argument[]): Resolved {
  const [value, other] = args.map((arg) => arg.type) as [DataType, DataType];
  const sameFamily = (isString(value) && isString(other)) || (isBinary(value) && isBinary(other));
  return sameFamily && !value.nullable ? { argTypes: [value, other], type: value } : undefined;
}

const ifNull: ScalarFunction = {
  name: 'IFNULL',
  signature: 'IFNULL(value, replacement)',
  summary: 'The value, or the replacement when it is NULL.',
  nulls: 'custom',
  deterministic: true,
  resolve: (args) => (args.length === 2 ? (keepsFirst(args) ?? common(args, 'all')) : undefined),
  implement: () => (value: Value, replacement: Value) => (value === null ? replacement : value),
};

/** The first value keeps its type: it is compared as the common type, which may be another. */
const nullIf: ScalarFunction = {
  name: 'NULLIF',
  signature: 'NULLIF(value, other)',
  summary: 'NULL when both are equal, the value otherwise.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    const [value, other] = args;
    if (value === undefined || other === undefined || args.length > 2) return undefined;
    if (value.type.kind === 'NULL') rejectNulls('NULLIF', args);
    const compared = comparisonTypes(value.type, other.type);
    if (compared === undefined) return undefined;
    return {
      argTypes: [value.type, withNullable(compared[1], other.type.nullable)],
      type: withNullable(value.type, true),
    };
  },
  implement({ argTypes }, context) {
    const [own, other] = argTypes as [DataType, DataType];
    const [left, right] = comparisonTypes(own, other)!;
    const equal = equalityOf(left, right);
    const cast = castFunction(own, left, { safe: false, context });
    const castOther = castFunction(other, right, { safe: false, context });
    return (value: Value, against: Value) =>
      value !== null && against !== null && equal(cast(value), castOther(against)) === true ? null : value;
  },
};

const iff: ScalarFunction = {
  name: 'IF',
  signature: 'IF(condition, value, otherwise)',
  summary: 'The value when the condition is TRUE, the other otherwise.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    const [condition, value, otherwise] = args;
    if (condition === undefined || value === undefined || otherwise === undefined || args.length > 3) return undefined;
    rejectNulls('IF', args);
    const type = leastRestrictive([value.type, otherwise.type]);
    if (condition.type.kind !== 'BOOLEAN' || type === undefined) return undefined;
    return {
      argTypes: [condition.type, withNullable(type, value.type.nullable), withNullable(type, otherwise.type.nullable)],
      type: withNullable(type, type.nullable || condition.type.nullable),
    };
  },
  implement: () => (condition: boolean | null, value: Value, otherwise: Value) =>
    condition === true ? value : otherwise,
};

function extreme(name: 'GREATEST' | 'LEAST', wanted: 1 | -1): ScalarFunction {
  return {
    name,
    signature: `${name}(value, ...)`,
    summary: `The ${name.toLowerCase()} of the arguments; NULL if one is NULL.`,
    nulls: 'strict',
    deterministic: true,
    resolve(args) {
      rejectNulls(name, args);
      const resolved = args.length === 0 ? undefined : common(args, 'any');
      const [first] = args;
      // What Flink compares are values of one sort: its common type of a text and a number is of no use.
      const isSame = args.every((arg) => isString(arg.type) === isString(first!.type));
      return resolved !== undefined && isSame && isOrdered(resolved.type) ? resolved : undefined;
    },
    implement({ type }) {
      const compare = comparatorOf(type);
      return (...values: readonly Value[]) => {
        let best = values[0]!;
        for (let i = 1; i < values.length; i++) if (compare(values[i], best) * wanted > 0) best = values[i]!;
        return best;
      };
    },
  };
}

/** Any text or number. */
const textOrNumber: Parameter = { fit: (type) => text.fit(type) ?? numeric.fit(type), whenNull: STRING };

/** A test that is never NULL: of NULL it is FALSE. */
function test(
  name: string,
  summary: string,
  ofText: (value: string) => boolean,
  ofNumber: (type: DataType) => boolean,
): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(value)`,
    summary,
    params: [[textOrNumber]],
    nulls: 'custom',
    returns: always(BOOLEAN),
    implement: ({ argTypes: [type] }) => {
      if (isString(type!)) return (value: string | null) => value !== null && value !== '' && ofText(value);
      const result = ofNumber(type!);
      return (value: Value) => value !== null && result;
    },
  });
}

/** What Integer, Long or Double of Java parse. */
function isDecimalText(value: string): boolean {
  try {
    parseDouble(value);
    return true;
  } catch {
    return false;
  }
}

const typeOf: ScalarFunction = {
  name: 'TYPEOF',
  signature: 'TYPEOF(value[, forceSerializable])',
  summary: "The value's type as text.",
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    const [value, force] = args;
    if (value === undefined || args.length > 2 || (force !== undefined && force.type.kind !== 'BOOLEAN'))
      return undefined;
    return { argTypes: args.map((arg) => arg.type), type: STRING };
  },
  implement({ argTypes: [type] }) {
    const name = typeToString(type!);
    return () => name;
  },
};

export const conditionalFunctions: readonly ScalarFunction[] = [
  coalesce,
  ifNull,
  nullIf,
  iff,
  extreme('GREATEST', 1),
  extreme('LEAST', -1),
  test(
    'IS_ALPHA',
    'Whether all characters are letters.',
    (value) => /^\p{L}+$/u.test(value) && !hasSurrogates(value),
    () => false,
  ),
  test(
    'IS_DIGIT',
    'Whether all characters are digits; TRUE for integers.',
    (value) => /^\p{Nd}+$/u.test(value) && !hasSurrogates(value),
    isInteger,
  ),
  test(
    'IS_DECIMAL',
    'Whether the text is a number; TRUE for numbers, but not for DECIMALs, as in Flink.',
    isDecimalText,
    (type) => isNumeric(type) && type.kind !== 'DECIMAL',
  ),
  typeOf,
];
