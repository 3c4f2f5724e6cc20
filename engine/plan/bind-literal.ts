/** Literals of SQL → typed constants, with Calcite's types: 'abc' is CHAR(3), 0.50 is DECIMAL(3, 2), 1e3 is DOUBLE. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { BinaryLiteral, DateTimeLiteral, IntervalLiteral, NumberLiteral } from '../sql/ast-expr.ts';
import { textLiteralType } from '../types/coerce.ts';
import { BIGINT, BINARY, DATE, DECIMAL, DOUBLE, INT, TIME, TIMESTAMP, TIMESTAMP_LTZ, notNull } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { intervalType } from './bind-type.ts';
import { literalExpr } from './expr-walk.ts';
import { parseInterval } from './interval-text.ts';

const constant = (value: Value, type: DataType): Expr => literalExpr(value, notNull(type));

/** `negative`: a minus stood before it, which matters for the smallest BIGINT. @throws SQL_LITERAL when it does not fit */
export function bindNumber(node: NumberLiteral, negative = false): Expr {
  const { text } = node;
  if (node.form === 'double') {
    const double = negative ? -Number(text) : Number(text);
    if (Number.isFinite(double)) return constant(double, DOUBLE);
    throw new MillraceError('SQL_LITERAL', `Numeric literal '${text.toUpperCase()}' out of range`, {
      span: node.span,
      hint: "CAST('Infinity' AS DOUBLE) is beyond all numbers",
    });
  }
  const [whole = '', fraction = ''] = text.split('.');
  const digits = BigInt(whole + fraction);
  const value = negative ? -digits : digits;
  if (value < -(2n ** 63n) || value >= 2n ** 63n) {
    throw new MillraceError('SQL_LITERAL', `Numeric literal '${text}' out of range`, {
      span: node.span,
      hint: `CAST('${text}' AS DECIMAL(38, ${fraction.length})) has room for 38 digits`,
    });
  }
  if (fraction !== '') return constant(value, DECIMAL(Math.max(1, whole.length + fraction.length), fraction.length));
  const isInt = value >= -(2n ** 31n) && value < 2n ** 31n;
  return isInt ? constant(Number(value), INT) : constant(value, BIGINT);
}

/** CHAR of its length in code points. */
export const bindString = (value: string): Expr => literalExpr(value, textLiteralType(value));

export function bindBinary(node: BinaryLiteral): Expr {
  if (node.hex.length % 2 !== 0) {
    throw new MillraceError('SQL_LITERAL', 'Binary literal string must contain an even number of hexits', {
      span: node.span,
    });
  }
  const bytes = Uint8Array.from(node.hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return constant(bytes, BINARY(bytes.length));
}

const formats = {
  DATE: 'yyyy-MM-dd',
  TIME: 'HH:mm:ss',
  TIMESTAMP: 'yyyy-MM-dd HH:mm:ss',
  TIMESTAMP_LTZ: 'yyyy-MM-dd HH:mm:ss',
} as const;

/** DATE, TIME and TIMESTAMP literals; the precision is the number of digits written behind the second. @throws SQL_LITERAL */
export function bindDateTime(node: DateTimeLiteral): Expr {
  const fail = (): never => {
    throw new MillraceError(
      'SQL_LITERAL',
      `Illegal ${node.type} literal '${node.text}': not in format '${formats[node.type]}'`,
      {
        span: node.span,
      },
    );
  };
  switch (node.type) {
    case 'DATE':
      return constant(days(node.text.trim()) ?? fail(), DATE);
    case 'TIME': {
      const time = timeOfDay(node.text.trim()) ?? fail();
      return constant(Number(time.nanos / 1_000_000n), TIME(time.precision));
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const [date = '', clock = '00:00:00', ...rest] = node.text.trim().split(/ +/);
      const day = days(date);
      const time = timeOfDay(clock);
      if (day === undefined || time === undefined || rest.length > 0) return fail();
      const make = node.type === 'TIMESTAMP' ? TIMESTAMP : TIMESTAMP_LTZ;
      const nanos = BigInt(day) * 86_400_000_000_000n + time.nanos;
      return constant(time.precision <= 3 ? Number(nanos / 1_000_000n) : nanos, make(time.precision));
    }
    default:
      return unreachable(node.type);
  }
}

const MS_PER_DAY = 86_400_000;

/** Days since 1970-01-01 of `yyyy-M-d`, undefined when there is no such day. */
function days(text: string): number | undefined {
  const match = /^(\d{1,4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return Math.floor(date.getTime() / MS_PER_DAY);
}

function timeOfDay(text: string): { nanos: bigint; precision: number } | undefined {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9})\d*)?$/.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = match.slice(1, 4).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = match[4] ?? '';
  const nanos = BigInt(hour * 3600 + minute * 60 + second) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return { nanos, precision: fraction.length };
}

/** Months, or milliseconds. @throws SQL_LITERAL */
export function bindInterval(node: IntervalLiteral): Expr {
  const type = intervalType(node.qualifier);
  return constant(parseInterval(node), type);
}

/** TRUE, FALSE, and UNKNOWN (null). */
export const bindBoolean = (value: boolean | null): Expr =>
  literalExpr(value, { kind: 'BOOLEAN', nullable: value === null });

/** A bare NULL, whose type comes from where it stands. */
export const bareNull: Expr = literalExpr(null, { kind: 'NULL', nullable: true });
export const isBareNull = (expr: Expr): boolean => expr.type.kind === 'NULL';

export function illegalNull(span: Span): MillraceError {
  return new MillraceError('SQL_TYPE', "Illegal use of 'NULL'", {
    span,
    hint: 'give it a type: CAST(NULL AS STRING)',
  });
}
