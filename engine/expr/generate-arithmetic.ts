/** + - * / % of numbers in generated loops. Other operands (intervals, times of nanoseconds) go through the function itself. */
import { divisionByZero } from '../functions/arithmetic.ts';
import { tenTo } from '../types/decimal.ts';
import { isNumeric, type DataType } from '../types/type.ts';
import { toDouble, toInt, toLong } from './convert.ts';
import { either, type Code, type Emitter } from './emitter.ts';
import type { CallExpr } from './expr.ts';
import { decimalNegation, decimalProduct, decimalSum } from './generate-decimal.ts';

type Operator = '+' | '-' | '*' | '/' | '%';
const operators: ReadonlyMap<string, Operator> = new Map([
  ['+', '+'],
  ['-', '-'],
  ['*', '*'],
  ['/', '/'],
  ['%', '%'],
  ['MOD', '%'],
]);

/** The code of a call of an arithmetic operator over non-literal-NULL operands; undefined when the function is to be called. */
export function generateArithmetic(emitter: Emitter, expr: CallExpr, args: readonly Code[]): Code | undefined {
  const operator = operators.get(expr.fn);
  if (operator === undefined) return undefined;
  const types = expr.args.map((arg) => arg.type);
  if (args.length === 1) return generateSign(emitter, operator, args[0]!, expr.type);
  const [a, b] = args as [Code, Code];
  const isNull = either(a.isNull, b.isNull);
  if (!types.every(isNumeric)) return generateTime(emitter, operator, expr, a, b, isNull);
  switch (expr.type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return a.rep === 'int'
        ? intCode(emitter, operator, a, b, isNull, expr.type.kind)
        : longCode(emitter, operator, a, b, isNull);
    case 'BIGINT':
      return longCode(emitter, operator, a, b, isNull);
    case 'FLOAT':
    case 'DOUBLE': {
      const value = `${toDouble(emitter, a)} ${operator} ${toDouble(emitter, b)}`;
      return {
        rep: 'double',
        value: emitter.define(expr.type.kind === 'FLOAT' ? `Math.fround(${value})` : value),
        isNull,
      };
    }
    case 'DECIMAL':
      if (operator === '*') return decimalProduct(emitter, expr, a, b);
      return operator === '+' || operator === '-' ? decimalSum(emitter, operator, expr, a, b) : undefined;
    default:
      return undefined;
  }
}

/** `x` brought back to the width of its type. */
export function wrapInt(kind: DataType['kind'], text: string): string {
  if (kind === 'TINYINT') return `(${text}) << 24 >> 24`;
  return kind === 'SMALLINT' ? `(${text}) << 16 >> 16` : `(${text}) | 0`;
}

function generateSign(emitter: Emitter, operator: Operator, a: Code, type: DataType): Code | undefined {
  if (operator === '+') return a;
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return { rep: 'int', value: emitter.define(wrapInt(type.kind, `-(${toInt(emitter, a)})`)), isNull: a.isNull };
    case 'BIGINT': {
      const long = toLong(emitter, a);
      return { ...long, value: emitter.define(`BigInt.asIntN(64, -(${long.value}))`) };
    }
    case 'DECIMAL':
      return decimalNegation(emitter, a, type);
    case 'FLOAT':
    case 'DOUBLE':
      return { rep: 'double', value: emitter.define(`-(${toDouble(emitter, a)})`), isNull: a.isNull };
    default:
      return undefined;
  }
}

function intCode(
  emitter: Emitter,
  operator: Operator,
  a: Code,
  b: Code,
  isNull: string | undefined,
  kind: 'TINYINT' | 'SMALLINT' | 'INT',
): Code | undefined {
  if (b.rep !== 'int') return undefined;
  if (operator === '/' || operator === '%') failOnZero(emitter, b.value, '0', isNull);
  const text = operator === '*' ? `Math.imul(${a.value}, ${b.value})` : `${a.value} ${operator} ${b.value}`;
  return { rep: 'int', value: emitter.define(wrapInt(kind, text)), isNull };
}

/** BIGINT, or a remainder of one by a narrower integer, which stays a long until somebody wants a number. */
function longCode(
  emitter: Emitter,
  operator: Operator,
  a: Code,
  b: Code,
  isNull: string | undefined,
): Code | undefined {
  if (a.rep === 'big' || b.rep === 'big') return undefined;
  const [x, y] = [toLong(emitter, a), toLong(emitter, b)];
  const max = operator === '%' ? y.max : undefined;
  const text = `BigInt.asIntN(64, ${x.value} ${operator} ${y.value})`;
  if ((operator !== '/' && operator !== '%') || /^-?[1-9]\d*n$/.test(y.value)) {
    return { rep: 'long', value: emitter.define(text), isNull, max };
  }
  failOnZero(emitter, y.value, '0n', isNull);
  if (isNull === undefined) return { rep: 'long', value: emitter.define(text), isNull, max };
  const place = emitter.scratch();
  emitter.line(`T[${place}] = 0n;`);
  emitter.line(`if (!${isNull}) T[${place}] = ${text};`);
  return { rep: 'long', value: emitter.define(`T[${place}]`), isNull, max };
}

function failOnZero(emitter: Emitter, divisor: string, zero: string, isNull: string | undefined): void {
  if (/^-?[1-9]\d*n?$/.test(divisor)) return;
  const unless = isNull === undefined ? '' : ` && !${isNull}`;
  emitter.line(`if (${divisor} === ${zero}${unless}) ${emitter.constant(divisionByZero)}('integer');`);
}

/** A timestamp of milliseconds and an interval of milliseconds, or two intervals; the rest by the function. */
function generateTime(
  emitter: Emitter,
  operator: Operator,
  expr: CallExpr,
  a: Code,
  b: Code,
  isNull: string | undefined,
): Code | undefined {
  const [left, right] = expr.args.map((arg) => arg.type) as [DataType, DataType];
  if (operator !== '+' && operator !== '-') return undefined;
  const isMillis = (type: DataType): boolean => type.kind === 'INTERVAL_DAY_TIME';
  if (isMillis(left) && isMillis(right)) {
    return { rep: 'double', value: emitter.define(`${a.value} ${operator} ${b.value}`), isNull };
  }
  const time = isMillis(right) ? left : right;
  if ((!isMillis(left) && !isMillis(right)) || (time.kind !== 'TIMESTAMP' && time.kind !== 'TIMESTAMP_LTZ'))
    return undefined;
  if (expr.type.kind !== time.kind) return undefined;
  const moved = `${a.value} ${operator} ${b.value}`;
  if (a.rep === 'pair' || b.rep === 'pair') {
    return { rep: 'pair', value: emitter.define(moved), nanos: a.nanos ?? b.nanos, isNull };
  }
  const unit = Number(tenTo(3 - Math.min(3, expr.type.precision)));
  const cut = unit === 1 ? moved : `Math.floor((${moved}) / ${unit}) * ${unit}`;
  return { rep: 'double', value: emitter.define(cut), isNull };
}
