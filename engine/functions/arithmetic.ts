/** + - * / %, and the signs: numbers, decimals, intervals, times with intervals. */
import { assert } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { addMonthsToDays, addMonthsToMs, MS_PER_DAY } from '../types/calendar.ts';
import { arithmeticTypes } from '../types/coerce.ts';
import { divideDecimals, remainderDecimals, rescale, toDecimal } from '../types/decimal.ts';
import { truncateTime } from '../types/parse.ts';
import { isInterval, isNumeric, isTimestamp, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the binding
type Operation = (a: any, b: any) => Value;

/** Java's ArithmeticException of integers; decimals say "Division by zero". */
export function divisionByZero(kind: 'integer' | 'decimal'): never {
  throw new MillraceError('RUNTIME_ARITHMETIC', kind === 'integer' ? '/ by zero' : 'Division by zero');
}

const summaries: Readonly<Record<ArithmeticOperator, string>> = {
  '+': 'Sum; a time or an interval and an interval',
  '-': 'Difference; a time or an interval less an interval; with one operand its negation',
  '*': 'Product; an interval and an integer',
  '/': 'Quotient: of integers an integer, cut off',
  '%': 'Remainder with the sign of the dividend; of exact numbers',
};

function operator(name: ArithmeticOperator): ScalarFunction {
  const hasSign = name === '+' || name === '-';
  return {
    name,
    signature: hasSign ? `a ${name} b` : `numeric1 ${name} numeric2`,
    summary: summaries[name],
    nulls: 'strict',
    deterministic: true,
    resolve: (args) => (hasSign && args.length === 1 ? sign(args[0]!) : binary(name, args)),
    implement: (binding) =>
      binding.argTypes.length === 1 ? implementSign(name, binding) : implementBinary(name, binding),
  };
}

function sign({ type }: Argument): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined {
  return isNumeric(type) || isInterval(type) ? { argTypes: [type], type } : undefined;
}

function binary(
  name: ArithmeticOperator,
  args: readonly Argument[],
): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined {
  const [a, b] = args;
  if (a === undefined || b === undefined || args.length > 2) return undefined;
  if (a.type.kind === 'NULL' || b.type.kind === 'NULL') {
    throw new MillraceError('SQL_TYPE', `a bare NULL has no type as an operand of ${name}`, {
      hint: 'give it one: CAST(NULL AS INT)',
    });
  }
  return arithmeticTypes(name, a.type, b.type);
}

// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of the type
function implementSign(name: ArithmeticOperator, { type }: FunctionBinding): (value: any) => Value {
  if (name === '+') return (value: Value) => value;
  switch (type.kind) {
    case 'TINYINT':
      return (value: number) => (-value << 24) >> 24;
    case 'SMALLINT':
      return (value: number) => (-value << 16) >> 16;
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return (value: number) => -value | 0;
    case 'BIGINT':
      return (value: bigint) => BigInt.asIntN(64, -value);
    case 'DECIMAL':
      return (value: bigint) => -value;
    case 'INTERVAL_DAY_TIME':
      return (value: number) => (value === 0 ? 0 : -value);
    default:
      return (value: number) => -value;
  }
}

function implementBinary(name: ArithmeticOperator, { argTypes, type }: FunctionBinding): Operation {
  const [a, b] = argTypes as [DataType, DataType];
  if (!isNumeric(a) || !isNumeric(b)) return intervalOperation(name, a, b, type);
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return a.kind === 'BIGINT' || a.kind === 'DECIMAL' ? narrowRemainder(a) : intOperation(name, type.kind);
    case 'BIGINT':
      return a.kind === 'BIGINT' || a.kind === 'DECIMAL' ? bigintOperations[name] : wideRemainder;
    case 'FLOAT': {
      const exact = doubleOperations[name];
      return (x: number, y: number) => Math.fround(exact(x, y));
    }
    case 'DOUBLE':
      return doubleOperations[name];
    default:
      return decimalOperation(name, a, b, type);
  }
}

function intOperation(name: ArithmeticOperator, kind: 'TINYINT' | 'SMALLINT' | 'INT'): Operation {
  const operation = intOperations[name];
  if (kind === 'INT') return operation;
  const shift = kind === 'TINYINT' ? 24 : 16;
  return (a: number, b: number) => (operation(a, b) << shift) >> shift;
}

const intOperations: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => (a + b) | 0,
  '-': (a, b) => (a - b) | 0,
  '*': Math.imul,
  '/': (a, b) => (b === 0 ? divisionByZero('integer') : (a / b) | 0),
  '%': (a, b) => (b === 0 ? divisionByZero('integer') : (a % b) | 0),
};

const bigintOperations: Readonly<Record<ArithmeticOperator, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => BigInt.asIntN(64, a + b),
  '-': (a, b) => BigInt.asIntN(64, a - b),
  '*': (a, b) => BigInt.asIntN(64, a * b),
  '/': (a, b) => (b === 0n ? divisionByZero('integer') : BigInt.asIntN(64, a / b)),
  '%': (a, b) => (b === 0n ? divisionByZero('integer') : BigInt.asIntN(64, a % b)),
};

const doubleOperations: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** BIGINT (or a DECIMAL without a fraction) % a narrower integer: of the divisor's type. */
function narrowRemainder(a: DataType): Operation {
  assert(a.kind === 'BIGINT' || a.kind === 'DECIMAL', 'the dividend is a bigint');
  return (x: bigint, y: number) => (y === 0 ? divisionByZero('integer') : Number(x % BigInt(y)));
}

/** A narrower integer % BIGINT. */
const wideRemainder: Operation = (x: number, y: bigint) => (y === 0n ? divisionByZero('integer') : BigInt(x) % y);

function decimalOperation(name: ArithmeticOperator, a: DataType, b: DataType, result: DataType): Operation {
  assert(a.kind === 'DECIMAL' && b.kind === 'DECIMAL' && result.kind === 'DECIMAL', 'decimals all around');
  const { precision, scale } = result;
  const [scaleA, scaleB] = [a.scale, b.scale];
  const common = Math.max(scaleA, scaleB);
  switch (name) {
    case '+':
      return (x: bigint, y: bigint) =>
        toDecimal(rescale(x, scaleA, common) + rescale(y, scaleB, common), common, precision, scale);
    case '-':
      return (x: bigint, y: bigint) =>
        toDecimal(rescale(x, scaleA, common) - rescale(y, scaleB, common), common, precision, scale);
    case '*':
      return (x: bigint, y: bigint) => toDecimal(x * y, scaleA + scaleB, precision, scale);
    case '/':
      return (x: bigint, y: bigint) =>
        y === 0n ? divisionByZero('decimal') : divideDecimals(x, scaleA, y, scaleB, precision, scale);
    default:
      return (x: bigint, y: bigint) =>
        y === 0n ? divisionByZero('decimal') : remainderDecimals(x, scaleA, y, scaleB, precision, scale);
  }
}

function intervalOperation(name: ArithmeticOperator, a: DataType, b: DataType, type: DataType): Operation {
  if (name === '*') {
    const months = type.kind === 'INTERVAL_YEAR_MONTH';
    const product = (interval: number, n: bigint): number =>
      months ? (interval * Number(n)) | 0 : interval * Number(n) + 0;
    return isInterval(a) ? product : (n: bigint, interval: number) => product(interval, n);
  }
  if (isInterval(a) && isInterval(b)) {
    const months = type.kind === 'INTERVAL_YEAR_MONTH';
    if (name === '+') return months ? (x: number, y: number) => (x + y) | 0 : (x: number, y: number) => x + y;
    return months ? (x: number, y: number) => (x - y) | 0 : (x: number, y: number) => x - y;
  }
  if (isInterval(a)) {
    const shift = timeShift(b, a, type);
    return (interval: number, time: Value) => shift(time, interval);
  }
  const shift = timeShift(a, b, type);
  return name === '+' ? shift : (time: Value, interval: number) => shift(time, -interval);
}

/** A time moved by an interval of months or milliseconds (may be negative). */
function timeShift(time: DataType, interval: DataType, result: DataType): Operation {
  const months = interval.kind === 'INTERVAL_YEAR_MONTH';
  if (time.kind === 'DATE') {
    if (months) return addMonthsToDays;
    return (days: number, ms: number) => days + Math.trunc(ms / MS_PER_DAY);
  }
  if (time.kind === 'TIME') {
    if (months) return (ms: number) => ms;
    const { precision: digits } = time;
    return (ms: number, by: number) => truncateTime((((ms + by) % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY, digits);
  }
  assert(isTimestamp(time) && isTimestamp(result), 'a time is a DATE, a TIME or a timestamp');
  const { precision } = result as Extract<DataType, { precision: number }>;
  if (precision <= 3) {
    if (months) return addMonthsToMs;
    const unit = 10 ** (3 - precision);
    return unit === 1
      ? (ms: number, by: number) => ms + by
      : (ms: number, by: number) => Math.floor((ms + by) / unit) * unit;
  }
  if (!months) return (nanos: bigint, by: number) => nanos + BigInt(by) * 1_000_000n;
  return (nanos: bigint, by: number) => {
    const within = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
    return BigInt(addMonthsToMs(Number((nanos - within) / 1_000_000n), by)) * 1_000_000n + within;
  };
}

export const arithmeticFunctions: readonly ScalarFunction[] = (['+', '-', '*', '/', '%'] as const).map(operator);
