/**
 * Decimals of generated loops as 64-bit integers: exact as long as no step leaves 64 bits, which is known from the types or tested a row.
 * Where a value does not fit, the narrow loop gives up and the batch is computed by the wide one.
 */
import { assert } from '../assert.ts';
import { tenTo } from '../types/decimal.ts';
import type { DataType } from '../types/type.ts';
import { toLong, toRep } from './convert.ts';
import { either, type Code, type Emitter } from './emitter.ts';
import type { CallExpr } from './expr.ts';

type Decimal = Extract<DataType, { kind: 'DECIMAL' }>;

const LIMIT = 2n ** 63n - 1n;

/** What is known of the size of a long of this type. */
function boundOf(code: Code, type: DataType): bigint {
  const byType = type.kind === 'DECIMAL' ? tenTo(type.precision) - 1n : 2n ** 63n;
  const known = code.max ?? 2n ** 63n;
  return known < byType ? known : byType;
}

/** Tests that the value's size is at most `limit`, unless that is known; the value with that bound. */
function within(emitter: Emitter, code: Code, bound: bigint, limit: bigint): Code {
  if (bound <= limit) return { ...code, max: bound };
  emitter.line(`if (${code.value} > ${limit}n || ${code.value} < -${limit}n) return -1;`);
  return { ...code, max: limit };
}

/** The long at a larger scale. */
function scaleUp(emitter: Emitter, code: Code, type: DataType, digits: number): Code {
  const bound = boundOf(code, type);
  if (digits === 0) return { ...code, max: bound };
  const factor = tenTo(digits);
  if (factor > LIMIT) {
    emitter.line(`if (${code.value} !== 0n) return -1;`);
    return { ...code, value: '0n', max: 0n };
  }
  const fits = within(emitter, code, bound, LIMIT / factor);
  return {
    rep: 'long',
    value: emitter.define(`BigInt.asIntN(64, ${fits.value} * ${factor}n)`),
    isNull: code.isNull,
    max: fits.max! * factor,
  };
}

/** The long at a smaller scale, rounded half up. */
function scaleDown(emitter: Emitter, code: Code, digits: number): Code {
  if (digits === 0) return code;
  const factor = tenTo(digits);
  const max = (code.max ?? LIMIT) / factor + 1n;
  if (factor > LIMIT) return { ...code, value: '0n', max: 0n };
  const quotient = emitter.define(`BigInt.asIntN(64, ${code.value} / ${factor}n)`);
  const rest = emitter.define(`BigInt.asIntN(64, ${code.value} % ${factor}n)`);
  const half = factor / 2n;
  // Rounds away from zero from one half on; a power of ten beyond 1 is even.
  const up = `(${rest} >= ${half}n ? 1n : ${rest} <= -${half}n ? -1n : 0n)`;
  const place = emitter.scratch();
  emitter.line(`T[${place}] = ${up};`);
  return { ...code, value: emitter.define(`BigInt.asIntN(64, ${quotient} + T[${place}])`), max };
}

/** NULL where the value has more digits than the type. */
function fitPrecision(emitter: Emitter, code: Code, precision: number): Code {
  const limit = tenTo(precision) - 1n;
  if ((code.max ?? LIMIT) <= limit || limit >= LIMIT) return code;
  const overflow = `${code.value} > ${limit}n || ${code.value} < -${limit}n`;
  return {
    ...code,
    isNull: emitter.define(code.isNull === undefined ? overflow : `${code.isNull} || ${overflow}`, 'z'),
    max: limit,
  };
}

/** A long with scale `from` as DECIMAL(precision, scale). */
export function fitDecimal(emitter: Emitter, code: Code, type: DataType, from: number, to: Decimal): Code {
  const scaled =
    to.scale >= from
      ? scaleUp(emitter, code, type, to.scale - from)
      : scaleDown(emitter, { ...code, max: boundOf(code, type) }, from - to.scale);
  return fitPrecision(emitter, scaled, to.precision);
}

const isLong = (code: Code): boolean => code.rep === 'int' || code.rep === 'long';

function decimals(expr: CallExpr): readonly [Decimal, Decimal, Decimal] {
  const [a, b] = expr.args.map((arg) => arg.type);
  const { type } = expr;
  assert(a?.kind === 'DECIMAL' && b?.kind === 'DECIMAL' && type.kind === 'DECIMAL', 'decimals all around');
  return [a, b, type];
}

export function decimalSum(emitter: Emitter, operator: '+' | '-', expr: CallExpr, a: Code, b: Code): Code | undefined {
  const [left, right, type] = decimals(expr);
  if (!isLong(a) || !isLong(b) || (emitter.options.mode === 'wide' && type.precision > 18)) return undefined;
  const scale = Math.max(left.scale, right.scale);
  const x = scaleUp(emitter, toLong(emitter, a), left, scale - left.scale);
  const y = scaleUp(emitter, toLong(emitter, b), right, scale - right.scale);
  const half = LIMIT / 2n;
  const [p, q] =
    x.max! + y.max! <= LIMIT ? [x, y] : [within(emitter, x, x.max!, half), within(emitter, y, y.max!, half)];
  const sum: Code = {
    rep: 'long',
    value: emitter.define(`BigInt.asIntN(64, ${p.value} ${operator} ${q.value})`),
    isNull: either(a.isNull, b.isNull),
    max: p.max! + q.max!,
  };
  return fitPrecision(emitter, scaleDown(emitter, sum, scale - type.scale), type.precision);
}

export function decimalProduct(emitter: Emitter, expr: CallExpr, a: Code, b: Code): Code | undefined {
  const [left, right, type] = decimals(expr);
  if (!isLong(a) || !isLong(b) || (emitter.options.mode === 'wide' && type.precision > 18)) return undefined;
  let [x, y] = [toLong(emitter, a), toLong(emitter, b)];
  const [boundX, boundY] = [boundOf(x, left), boundOf(y, right)];
  if (boundX * boundY <= LIMIT) {
    [x, y] = [
      { ...x, max: boundX },
      { ...y, max: boundY },
    ];
  } else if (boundX <= 2n ** 31n) {
    // The smaller operand (a literal, mostly) is known to be small: the other may be as large as that allows.
    [x, y] = [{ ...x, max: boundX }, within(emitter, y, boundY, LIMIT / (boundX || 1n))];
  } else if (boundY <= 2n ** 31n) {
    [x, y] = [within(emitter, x, boundX, LIMIT / (boundY || 1n)), { ...y, max: boundY }];
  } else {
    [x, y] = [within(emitter, x, boundX, 3037000499n), within(emitter, y, boundY, 3037000499n)];
  }
  const product: Code = {
    rep: 'long',
    value: emitter.define(`BigInt.asIntN(64, ${x.value} * ${y.value})`),
    isNull: either(a.isNull, b.isNull),
    max: x.max! * y.max!,
  };
  return fitPrecision(emitter, scaleDown(emitter, product, left.scale + right.scale - type.scale), type.precision);
}

/** -a; all but the smallest 64-bit integer stay within 64 bits. */
export function decimalNegation(emitter: Emitter, a: Code, type: DataType): Code {
  if (emitter.options.mode === 'wide' && type.kind === 'DECIMAL' && type.precision > 18) {
    const big = toRep(emitter, a, 'big');
    return { ...big, value: emitter.define(`-(${big.value})`) };
  }
  const long = toLong(emitter, a);
  const fits = within(emitter, long, boundOf(long, type), LIMIT);
  return { ...fits, value: emitter.define(`BigInt.asIntN(64, -(${fits.value}))`) };
}

/** Both decimals at one scale, as longs; undefined when one is wider. */
export function alignScales(
  emitter: Emitter,
  a: Code,
  left: Decimal,
  b: Code,
  right: Decimal,
): readonly [string, string] | undefined {
  if (!isLong(a) || !isLong(b)) return undefined;
  const scale = Math.max(left.scale, right.scale);
  const [x, y] = [toLong(emitter, a), toLong(emitter, b)];
  if (left.scale === right.scale) return [x.value, y.value];
  if (emitter.options.mode === 'wide') return undefined;
  return [scaleUp(emitter, x, left, scale - left.scale).value, scaleUp(emitter, y, right, scale - right.scale).value];
}
