/** Runs SQL expressions through the real parser, binder and interpreter: for tables of expressions with Flink's answers. */
import { Catalog } from '../../../engine/catalog/catalog.ts';
import type { EvalContext, Expr } from '../../../engine/expr/expr.ts';
import { interpreter } from '../../../engine/expr/interpret.ts';
import { bindExpr } from '../../../engine/plan/bind-expr.ts';
import { makeEnv } from '../../../engine/plan/bind-context.ts';
import { columnExpr } from '../../../engine/plan/expr-walk.ts';
import type { Scope } from '../../../engine/plan/scope.ts';
import { parseExpression } from '../../../engine/sql/parse.ts';
import { textOf } from '../../../engine/types/text.ts';
import { timeZone } from '../../../engine/types/time-zone.ts';
import { isBinary, typeToString, type DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

export interface Evaluated {
  readonly type: string;
  /** The value as Flink's gateway prints it; null for NULL. */
  readonly text: string | null;
}

export interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly value: Value;
}

export interface Options {
  readonly timeZone?: string;
  readonly columns?: readonly Column[];
  readonly now?: number;
  readonly watermark?: number;
}

/** The expression bound and evaluated on one row of the columns. */
export function evaluate(sql: string, options: Options = {}): Evaluated {
  const { expr, value } = evaluateValue(sql, options);
  return { type: typeToString(expr.type), text: value === null ? null : display(expr.type, options)(value) };
}

export function evaluateValue(sql: string, options: Options = {}): { expr: Expr; value: Value } {
  const expr = bind(sql, options.columns ?? []);
  const context: EvalContext = {
    timeZone: options.timeZone ?? 'UTC',
    now: options.now ?? Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    watermark: options.watermark,
  };
  const row = (options.columns ?? []).map((column) => column.value);
  return { expr, value: interpreter(expr, context)(row) };
}

function bind(sql: string, columns: readonly Column[]): Expr {
  const scope: Scope = {
    relations: [
      {
        alias: 't',
        path: [],
        columns: columns.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) })),
      },
    ],
  };
  const env = makeEnv(new Catalog(), { text: sql, mode: 'streaming', settings: {} });
  return bindExpr(parseExpression(sql), { env, scope, clause: 'SELECT', places: new Map() });
}

/** As the gateway prints values: bytes in hexadecimal, everything else as CAST AS STRING does. */
function display(type: DataType, options: Options): (value: Value) => string {
  if (isBinary(type)) return (value) => `x'${Buffer.from(value as Uint8Array).toString('hex')}'`;
  return textOf(type, timeZone(options.timeZone ?? 'UTC'));
}
