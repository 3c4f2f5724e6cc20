/** = <> < <= > >= over every type that Flink compares, and IS [NOT] DISTINCT FROM. */
import { compareBytes, equalityOf } from '../types/compare.ts';
import { compareDecimals } from '../types/decimal.ts';
import { comparisonTypes, isOrdered } from '../types/coerce.ts';
import { BOOLEAN, isBinary, notNull, withNullable, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { FunctionBinding, ScalarFunction } from './function.ts';

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
      const argTypes = args.length === 2 ? comparisonTypes(args[0]!.type, args[1]!.type) : undefined;
      if (argTypes === undefined || (name !== '=' && name !== '<>' && !argTypes.every(isOrdered))) return undefined;
      const nullable = argTypes.some((type) => type.nullable || mayBeUnknown(type));
      return { argTypes, type: withNullable(BOOLEAN, nullable) };
    },
    implement: (binding) => compare(name, binding),
  };
}

/** Equality of rows is unknown when a field is NULL. */
function mayBeUnknown(type: DataType): boolean {
  return type.kind === 'ROW' && type.fields.some((field) => field.type.nullable || mayBeUnknown(field.type));
}

function compare(name: ComparisonOperator, { argTypes }: FunctionBinding): Comparison {
  const [a, b] = argTypes as [DataType, DataType];
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
      const argTypes = args.length === 2 ? comparisonTypes(args[0]!.type, args[1]!.type) : undefined;
      return argTypes && { argTypes, type: notNull(BOOLEAN) };
    },
    implement: ({ argTypes }) => {
      const equal = equalityOf(argTypes[0]!, argTypes[1]!);
      const same = (a: Value, b: Value): boolean => (a === null || b === null ? a === b : equal(a, b) === true);
      return negated ? same : (a: Value, b: Value) => !same(a, b);
    },
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
