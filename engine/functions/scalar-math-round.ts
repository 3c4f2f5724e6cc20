/** ROUND and TRUNCATE: integers and FLOAT and DOUBLE keep their type, decimals get the scale that a constant number of digits asks for. */
import { roundType } from '../types/decimal-types.ts';
import { rescale } from '../types/decimal.ts';
import { isInteger, withNullable, type DataType } from '../types/type.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import { roundDouble, shiftRight } from './scalar-decimal.ts';
import { defineScalar, integer, literalInteger, numeric, type Closure } from './scalar-define.ts';

const bits: Readonly<Record<string, number>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

/** Digits that are no constant keep the decimal's type, as in Flink. */
function roundedType(types: readonly DataType[], args: readonly Argument[]): DataType {
  const [type] = types;
  const nullable = types.some((argument) => argument.nullable);
  const digits = types.length === 1 ? 0 : literalInteger(args[1]);
  if (type!.kind !== 'DECIMAL' || digits === undefined) return withNullable(type!, nullable);
  return withNullable(roundType(type!, digits), nullable);
}

function rounder({ argTypes: [from], type }: FunctionBinding, rounding: 'half-up' | 'down'): Closure {
  if (isInteger(from!)) {
    const size = bits[from!.kind]!;
    const isBig = from!.kind === 'BIGINT';
    return (value: number | bigint, digits: number | bigint = 0) => {
      if (digits >= 0) return value;
      const places = Math.min(-Number(digits), 20);
      const rounded = shiftRight(BigInt(value), places, rounding) * 10n ** BigInt(places);
      const wrapped = BigInt.asIntN(size, rounded);
      return isBig ? wrapped : Number(wrapped);
    };
  }
  if (from!.kind === 'DECIMAL') {
    const { scale } = from!;
    const target = type.kind === 'DECIMAL' ? type.scale : 0;
    return (value: bigint, digits: number | bigint = 0) => {
      const wanted = Number(digits);
      if (wanted >= scale) return rescale(value, scale, target);
      const lost = Math.min(scale - wanted, 80);
      return rescale(shiftRight(value, lost, rounding), scale - lost, target);
    };
  }
  const isFloat = from!.kind === 'FLOAT';
  return (value: number, digits: number | bigint = 0) => {
    const rounded = roundDouble(value, Number(digits), rounding);
    return isFloat ? Math.fround(rounded) : rounded;
  };
}

export const roundingFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'ROUND',
    signature: 'ROUND(number[, digits])',
    summary:
      'The number rounded half up to so many decimal places (none by default); negative digits round to tens, hundreds...',
    params: [[numeric], [numeric, integer]],
    returns: roundedType,
    implement: (binding) => rounder(binding, 'half-up'),
  }),
  defineScalar({
    name: 'TRUNCATE',
    signature: 'TRUNCATE(number[, digits])',
    summary: 'The number cut to so many decimal places (none by default).',
    params: [[numeric], [numeric, integer]],
    returns: roundedType,
    implement: (binding) => rounder(binding, 'down'),
  }),
];
