/**
 * Aggregate functions as the binder sees them: names, arguments and result types, those of Flink 2.3. How they are computed is in ops/.
 *
 * A result is nullable as the argument is; where a group may be empty (no GROUP BY, FILTER) the binder makes it nullable, except for COUNT,
 * COLLECT, LISTAGG, ARRAY_AGG, JSON_OBJECTAGG and JSON_ARRAYAGG, whose types Flink leaves alone.
 *
 * JSON_OBJECTAGG: args (key, value). JSON_ARRAYAGG: args (value). options.onNull 'NULL' | 'ABSENT'. ARRAY_AGG: options.nulls 'IGNORE' | 'RESPECT'.
 */
import { MillraceError } from '../errors.ts';
import { avgType, sumType } from '../types/decimal-types.ts';
import {
  ARRAY,
  BIGINT,
  BITMAP,
  DOUBLE,
  INT,
  isInteger,
  isNumeric,
  isString,
  isTimestamp,
  MULTISET,
  notNull,
  VARCHAR,
  withNullable,
  type DataType,
} from '../types/type.ts';
import type { AggregateFunction, Argument, FunctionBinding } from './function.ts';

type Resolved = Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;

/** An aggregate of one argument; `result` gives undefined for types that do not fit. */
function ofOne(
  name: string,
  summary: string,
  result: (type: DataType) => DataType | undefined,
  aliases: readonly string[] = [],
): AggregateFunction {
  return {
    name,
    aliases,
    signature: `${name}([DISTINCT] value)`,
    summary,
    resolve(args): Resolved {
      rejectNulls(name, args);
      const [arg] = args;
      if (arg === undefined || args.length > 1) return undefined;
      const type = result(arg.type);
      return type === undefined ? undefined : { argTypes: [arg.type], type };
    },
  };
}

function rejectNulls(name: string, args: readonly Argument[]): void {
  if (args.every((arg) => arg.type.kind !== 'NULL')) return;
  throw new MillraceError('SQL_TYPE', `a bare NULL has no type as an argument of ${name}`, {
    hint: 'give it one: CAST(NULL AS INT)',
  });
}

/** Text of Flink's JSON aggregates. */
const JSON_TEXT = notNull(VARCHAR(2000));

const sum = (type: DataType): DataType | undefined => (isNumeric(type) ? sumType(type) : undefined);
const average = (type: DataType): DataType | undefined => (isNumeric(type) ? avgType(type) : undefined);
const itself = (type: DataType): DataType => type;

/** What MIN and MAX order in Flink: no bytes, no intervals, nothing nested. */
function ordered(type: DataType): DataType | undefined {
  const fits =
    isNumeric(type) || isString(type) || isTimestamp(type) || ['BOOLEAN', 'DATE', 'TIME'].includes(type.kind);
  return fits ? type : undefined;
}

const count: AggregateFunction = {
  name: 'COUNT',
  signature: 'COUNT(*) or COUNT([DISTINCT] value)',
  summary: 'The number of rows, or of values that are not NULL.',
  resolve(args) {
    rejectNulls('COUNT', args);
    return { argTypes: args.map((arg) => arg.type), type: notNull(BIGINT) };
  },
};

/** The type is that of the strings, even CHAR(n), as in Flink. */
const listAgg: AggregateFunction = {
  name: 'LISTAGG',
  signature: 'LISTAGG([DISTINCT] string[, separator])',
  summary: 'The strings that are not NULL, joined by the separator (a comma by default).',
  resolve(args) {
    rejectNulls('LISTAGG', args);
    const [value, separator] = args;
    if (value === undefined || !isString(value.type) || args.length > 2) return undefined;
    if (separator !== undefined && !isString(separator.type)) return undefined;
    if (separator !== undefined && separator.literal === undefined) {
      throw new MillraceError('SQL_TYPE', 'the separator of LISTAGG must be a constant string');
    }
    return { argTypes: args.map((arg) => arg.type), type: value.type };
  },
};

/** Whether a percentage is a constant beyond 0 and 1. */
function outOfRange({ type, literal }: Argument): boolean {
  if (literal === undefined || literal.value === null) return false;
  const value = type.kind === 'DECIMAL' ? Number(literal.value) / 10 ** type.scale : Number(literal.value);
  return value < 0 || value > 1;
}

const percentile: AggregateFunction = {
  name: 'PERCENTILE',
  signature: 'PERCENTILE(number, percentage[, frequency])',
  summary:
    'The value at a percentage (0 to 1) of the sorted values, interpolated; an array for an array of percentages.',
  resolve(args) {
    rejectNulls('PERCENTILE', args);
    const [value, percentage, frequency] = args;
    if (value === undefined || percentage === undefined || args.length > 3 || !isNumeric(value.type)) return undefined;
    if (frequency !== undefined && !isInteger(frequency.type)) return undefined;
    const own = percentage.type;
    const isArray = own.kind === 'ARRAY' && isNumeric(own.element);
    if (!isArray && !isNumeric(own)) return undefined;
    if (own.nullable || (isArray && own.element.nullable)) return undefined;
    if (outOfRange(percentage)) {
      throw new MillraceError('SQL_TYPE', 'Percentage of PERCENTILE should be between [0.0, 1.0]', {
        hint: 'the median is PERCENTILE(value, 0.5)',
      });
    }
    const target = isArray
      ? withNullable(ARRAY(withNullable(DOUBLE, own.element.nullable)), own.nullable)
      : withNullable(DOUBLE, own.nullable);
    const counts = frequency === undefined ? [] : [withNullable(BIGINT, frequency.type.nullable)];
    return {
      argTypes: [withNullable(DOUBLE, value.type.nullable), target, ...counts],
      type: isArray ? ARRAY(DOUBLE) : DOUBLE,
    };
  },
};

const jsonObjectAgg: AggregateFunction = {
  name: 'JSON_OBJECTAGG',
  signature: 'JSON_OBJECTAGG([KEY] key VALUE value [NULL | ABSENT ON NULL])',
  summary: 'A JSON object of the keys and values.',
  resolve(args) {
    const [key, value] = args;
    if (key === undefined || value === undefined || !isString(key.type)) return undefined;
    rejectNulls('JSON_OBJECTAGG', args);
    return { argTypes: [key.type, value.type], type: JSON_TEXT };
  },
};

/** BITMAP_x_AGG and BITMAP_x_CARDINALITY_AGG. */
function ofBitmaps(kind: 'BUILD' | 'AND' | 'OR' | 'XOR', what: string): readonly AggregateFunction[] {
  const argument = (type: DataType): DataType | undefined => {
    if (kind !== 'BUILD') return type.kind === 'BITMAP' ? type : undefined;
    return ['TINYINT', 'SMALLINT', 'INT'].includes(type.kind) ? withNullable(INT, type.nullable) : undefined;
  };
  const make = (name: string, summary: string, type: DataType): AggregateFunction => ({
    name,
    signature: `${name}(${kind === 'BUILD' ? 'value' : 'bitmap'})`,
    summary,
    resolve(args): Resolved {
      rejectNulls(name, args);
      const fitted = args.length === 1 ? argument(args[0]!.type) : undefined;
      return fitted === undefined ? undefined : { argTypes: [fitted], type };
    },
  });
  return [
    make(`BITMAP_${kind}_AGG`, `The bitmap of ${what}; NULL of no values.`, BITMAP),
    make(`BITMAP_${kind}_CARDINALITY_AGG`, `How many members the bitmap of ${what} has; NULL of no values.`, BIGINT),
  ];
}

export const aggregateFunctions: readonly AggregateFunction[] = [
  count,
  ofOne('SUM', 'The sum; NULL of no values. Integers wrap around.', sum),
  ofOne('AVG', 'The average; of integers an integer, cut off.', average),
  ofOne('MIN', 'The least value.', ordered),
  ofOne('MAX', 'The greatest value.', ordered),
  ofOne('STDDEV_POP', 'The standard deviation of all values.', average),
  ofOne('STDDEV_SAMP', 'The standard deviation of a sample.', average, ['STDDEV']),
  ofOne('VAR_POP', 'The variance of all values.', average),
  ofOne('VAR_SAMP', 'The variance of a sample.', average, ['VARIANCE']),
  ofOne('FIRST_VALUE', 'The first value that is not NULL.', itself),
  ofOne('LAST_VALUE', 'The last value that is not NULL.', itself),
  ofOne('SINGLE_VALUE', 'The only value; fails when there are more.', (type) => withNullable(type, true)),
  ofOne('COLLECT', 'A multiset of the values that are not NULL.', (type) => notNull(MULTISET(type))),
  ofOne(
    'ARRAY_AGG',
    'An array of the values in the order of their arrival, NULLs included; NULL of no values.',
    (type) => withNullable(ARRAY(type), type.nullable),
  ),
  ofOne('APPROX_COUNT_DISTINCT', 'The number of different values that are not NULL.', () => notNull(BIGINT)),
  ofOne('JSON_ARRAYAGG', 'A JSON array of the values.', () => JSON_TEXT),
  listAgg,
  percentile,
  jsonObjectAgg,
  ...ofBitmaps('BUILD', 'the integers'),
  ...ofBitmaps('AND', 'the members that all bitmaps have'),
  ...ofBitmaps('OR', 'the members of all bitmaps'),
  ...ofBitmaps('XOR', 'the members that an odd number of bitmaps has'),
];

const noArguments =
  (type: DataType) =>
  (args: readonly Argument[]): Resolved =>
    args.length === 0 ? { argTypes: [], type: notNull(type) } : undefined;

/** LEAD and LAG: NULL beyond the ends, unless there is a default. */
function shifted(name: 'LEAD' | 'LAG', where: string): AggregateFunction {
  return {
    name,
    signature: `${name}(value[, offset[, default]])`,
    summary: `The value of the row so many places ${where} (1 by default).`,
    resolve(args) {
      const [value, offset, otherwise] = args;
      if (value === undefined || args.length > 3 || value.type.kind === 'NULL') return undefined;
      if (offset !== undefined && !isInteger(offset.type)) return undefined;
      // As Flink: a default that is never NULL makes the whole never NULL.
      const nullable = otherwise === undefined || otherwise.type.nullable;
      return {
        argTypes: [
          value.type,
          ...(offset === undefined ? [] : [offset.type]),
          ...(otherwise === undefined ? [] : [value.type]),
        ],
        type: withNullable(value.type, nullable),
      };
    },
  };
}

/** Functions that have a meaning only with OVER. */
export const overFunctions: readonly AggregateFunction[] = [
  {
    name: 'ROW_NUMBER',
    signature: 'ROW_NUMBER()',
    summary: 'The number of the row in its partition, from 1.',
    resolve: noArguments(BIGINT),
  },
  { name: 'RANK', signature: 'RANK()', summary: 'The rank with gaps.', resolve: noArguments(BIGINT) },
  { name: 'DENSE_RANK', signature: 'DENSE_RANK()', summary: 'The rank without gaps.', resolve: noArguments(BIGINT) },
  {
    name: 'CUME_DIST',
    signature: 'CUME_DIST()',
    summary: 'The cumulative distribution.',
    resolve: noArguments(DOUBLE),
  },
  {
    name: 'PERCENT_RANK',
    signature: 'PERCENT_RANK()',
    summary: 'The rank as a share of 0 to 1.',
    resolve: noArguments(DOUBLE),
  },
  {
    name: 'NTILE',
    signature: 'NTILE(n)',
    summary: 'The number of the bucket, of n.',
    resolve: ([n, ...more]) =>
      n !== undefined && more.length === 0 && isInteger(n.type)
        ? { argTypes: [n.type], type: notNull(BIGINT) }
        : undefined,
  },
  shifted('LEAD', 'after'),
  shifted('LAG', 'before'),
];
