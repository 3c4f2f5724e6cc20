/** Expressions as EXPLAIN shows them: `(price * 2)`, `UPPER(name)`, `CAST(x AS BIGINT)`. */
import { unreachable } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import { MapValue } from '../types/value.ts';
import type { Value } from '../types/value.ts';
import { typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';

/** `names`: of the input's columns, where they differ from those that the expression knows. */
export function exprText(expr: Expr, names?: readonly string[]): string {
  const text = (child: Expr): string => exprText(child, names);
  switch (expr.kind) {
    case 'literal':
      return valueText(expr.value, expr.type);
    case 'column':
      return names?.[expr.index] ?? expr.name;
    case 'field':
      return `${text(expr.input)}.${expr.name}`;
    case 'call':
      return callText(expr, expr.args.map(text));
    case 'cast':
      return `${expr.safe ? 'TRY_CAST' : 'CAST'}(${text(expr.input)} AS ${typeToString(expr.type, { nullability: false })})`;
    case 'and':
      return `(${expr.args.map(text).join(' AND ')})`;
    case 'or':
      return `(${expr.args.map(text).join(' OR ')})`;
    case 'not':
      return `NOT(${text(expr.input)})`;
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => ` WHEN ${text(when)} THEN ${text(then)}`).join('');
      return `CASE${branches} ELSE ${text(expr.otherwise)} END`;
    }
    case 'is-null':
      return `(${text(expr.input)} IS ${expr.negated ? 'NOT ' : ''}NULL)`;
    case 'in': {
      const values = expr.values.map((value) => valueText(value, expr.input.type)).join(', ');
      return `(${text(expr.input)} ${expr.negated ? 'NOT ' : ''}IN (${values}))`;
    }
    default:
      return unreachable(expr);
  }
}

function callText(expr: Extract<Expr, { kind: 'call' }>, args: readonly string[]): string {
  const isOperator = !/^\w/.test(expr.fn) || expr.fn === 'LIKE' || expr.fn === 'SIMILAR TO';
  if (isOperator && args.length === 2) return `(${args[0]} ${expr.fn} ${args[1]})`;
  if (isOperator && args.length === 1) return `${expr.fn}(${args[0]})`;
  const options = Object.entries(expr.options ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  return `${expr.fn}(${[...args, ...options].join(', ')})`;
}

/** A constant, as SQL would write it where that is short. */
export function valueText(value: Value, type: DataType): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return `'${String(value).replaceAll("'", "''")}'`;
    case 'BOOLEAN':
      return String(value).toUpperCase();
    case 'DECIMAL':
      return decimalText(value as bigint, type.scale);
    case 'DATE':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const ms = typeof value === 'bigint' ? Number(value / 1_000_000n) : (value as number);
      return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
    }
    case 'INTERVAL_DAY_TIME':
      return `${String(value)}:INTERVAL ${type.unit}`;
    case 'INTERVAL_YEAR_MONTH':
      return `${String(value)}:INTERVAL ${type.unit}`;
    default:
      return plainText(value);
  }
}

function plainText(value: Value): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (value instanceof MapValue)
    return `{${value.entries.map(([k, v]) => `${plainText(k)}=${plainText(v)}`).join(', ')}}`;
  if (Array.isArray(value)) return `[${value.map((item: Value) => plainText(item)).join(', ')}]`;
  return String(value);
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
