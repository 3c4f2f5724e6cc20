/** = <> < <= > >= over every type that Flink compares, and IS [NOT] DISTINCT FROM. */
import type { EvalContext } from '../expr/expr.ts';
import { compareBytes, equalityOf } from '../types/compare.ts';
import { compareDecimals } from '../types/decimal.ts';
import { comparisonTypes, isOrdered } from '../types/coerce.ts';
import { BOOLEAN, isBinary, isNumeric, isString, notNull, withNullable, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { castFunction } from './cast.ts';
import type { Argument, ScalarFunction } from './function.ts';

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the binding
type Comparison = (a: any, b: any) => boolean | null;

function comparison(name: ComparisonOperator, summary: string): ScalarFunction {
  return {
    name,
    ...(name === '<>' ? { aliases: ['!='] } : {}),
    signature: `a ${name} b`,
    summary,
    nulls: 'strict',
    deterministic: true,
    resolve: (args) => {
      const argTypes = operandTypes(args, name);
      if (argTypes === undefined || (name !== '=' && name !== '<>' && !argTypes.every(isOrdered))) return undefined;
      const nullable = isTextWithOther(argTypes) || argTypes.some((type) => type.nullable || mayBeUnknown(type));
      return { argTypes, type: withNullable(BOOLEAN, nullable) };
    },
    implement: ({ argTypes }, context) => readingText(argTypes, context, 'strict', (types) => compare(name, types)),
  };
}

/** Equality of rows is unknown when a field is NULL. */
function mayBeUnknown(type: DataType): boolean {
  return type.kind === 'ROW' && type.fields.some((field) => field.type.nullable || mayBeUnknown(field.type));
}

/**
 * The types of the operands. A string and a number have an order (the string is cast to the number's type) but, as in Flink, no equality. A string beside a time or BOOLEAN is read as one: at once if it is a constant, else row by row, where text that
 * is none gives NULL (as Flink has it), so that it stays a string here.
 */
function operandTypes(args: readonly Argument[], name: ComparisonOperator): readonly [DataType, DataType] | undefined {
  const [left, right] = args;
  if (left === undefined || right === undefined || args.length > 2) return undefined;
  if (name !== '=' && name !== '<>') {
    if (isString(left.type) && isNumeric(right.type)) return [withNullable(right.type, left.type.nullable), right.type];
    if (isNumeric(left.type) && isString(right.type)) return [left.type, withNullable(left.type, right.type.nullable)];
  }
  const types = comparisonTypes(left.type, right.type);
  if (types === undefined) return undefined;
  const keep = (arg: Argument, type: DataType): DataType =>
    isString(arg.type) && !isString(type) && !isConstantOf(arg, type) ? arg.type : type;
  return [keep(left, types[0]), keep(right, types[1])];
}

function isConstantOf({ type, literal }: Argument, target: DataType): boolean {
  if (literal === undefined || literal.value === null) return literal !== undefined;
  const context = { timeZone: 'UTC', now: 0, watermark: undefined };
  return castFunction(type, target, { safe: true, context })(literal.value) !== null;
}

const isTextWithOther = ([a, b]: readonly DataType[]): boolean => isString(a!) !== isString(b!);

/** The comparison with its string operand read as the other's type, if only one is a string; text that is none counts as NULL. */
function readingText(
  argTypes: readonly DataType[],
  context: EvalContext,
  nulls: 'strict' | 'custom',
  compared: (types: readonly [DataType, DataType]) => Comparison,
): Comparison {
  const [left, right] = argTypes as [DataType, DataType];
  if (!isTextWithOther(argTypes)) return compared([left, right]);
  const type = isString(left) ? right : left;
  const read = castFunction(isString(left) ? left : right, type, { safe: true, context });
  const orNull = (text: string | null): Value => (text === null ? null : read(text));
  const comparison = compared([type, type]);
  const apply = (a: Value, b: Value): boolean | null =>
    nulls === 'strict' && (a === null || b === null) ? null : comparison(a, b);
  return isString(left)
    ? (text: string | null, value: Value) => apply(orNull(text), value)
    : (value: Value, text: string | null) => apply(value, orNull(text));
}

function compare(name: ComparisonOperator, [a, b]: readonly [DataType, DataType]): Comparison {
  if (name === '=' || name === '<>') {
    const equal = equalityOf(a, b);
    if (name === '=') return equal;
    return (x, y) => {
      const result = equal(x, y);
      return result === null ? null : !result;
    };
  }
  if (a.kind === 'DECIMAL' && b.kind === 'DECIMAL' && a.scale !== b.scale) {
    const [scaleA, scaleB] = [a.scale, b.scale];
    return byOrder(name, (x: bigint, y: bigint) => compareDecimals(x, scaleA, y, scaleB));
  }
  return isBinary(a) ? byOrder(name, compareBytes) : plain[name];
}

/** JavaScript's own order is Java's for numbers, strings (by UTF-16 units) and booleans; comparisons with NaN are false. */
const plain: Readonly<Record<'<' | '<=' | '>' | '>=', Comparison>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function byOrder(name: '<' | '<=' | '>' | '>=', order: (a: never, b: never) => number): Comparison {
  switch (name) {
    case '<':
      return (a, b) => order(a as never, b as never) < 0;
    case '<=':
      return (a, b) => order(a as never, b as never) <= 0;
    case '>':
      return (a, b) => order(a as never, b as never) > 0;
    default:
      return (a, b) => order(a as never, b as never) >= 0;
  }
}

/** Never NULL: two NULLs are not distinct. */
function distinctness(name: 'IS DISTINCT FROM' | 'IS NOT DISTINCT FROM'): ScalarFunction {
  const negated = name === 'IS NOT DISTINCT FROM';
  return {
    name,
    signature: `a ${name} b`,
    summary: negated ? 'Whether both are equal or both NULL' : 'Whether they differ; two NULLs do not',
    nulls: 'custom',
    deterministic: true,
    resolve: (args) => {
      const argTypes = operandTypes(args, '=');
      return argTypes && { argTypes, type: notNull(BOOLEAN) };
    },
    implement: ({ argTypes }, context) =>
      readingText(argTypes, context, 'custom', (types) => {
        const equal = equalityOf(types[0], types[1]);
        const same = (a: Value, b: Value): boolean => (a === null || b === null ? a === b : equal(a, b) === true);
        return negated ? same : (a, b) => !same(a, b);
      }),
  };
}

export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison('=', 'Whether both are equal; NULL if one is NULL'),
  comparison('<>', 'Whether they differ; NULL if one is NULL'),
  comparison('<', 'Whether a is less than b'),
  comparison('<=', 'Whether a is at most b'),
  comparison('>', 'Whether a is greater than b'),
  comparison('>=', 'Whether a is at least b'),
  distinctness('IS DISTINCT FROM'),
  distinctness('IS NOT DISTINCT FROM'),
];
