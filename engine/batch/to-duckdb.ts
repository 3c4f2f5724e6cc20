/**
 * A bounded logical plan as DuckDB SQL, where every node, type, operator and function has a form that gives exactly the same answer. What has none
 * is named, and the embedded engine runs the query. Where the two differ only by failing (an overflow that Flink wraps), DuckDB's failure sends
 * the query back to the embedded engine: see duckdb-runner.ts.
 */
import { resolve } from 'node:path';
import type { ResolvedTable } from '../catalog/table.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { LogicalPlan, Scan, WindowAggregate } from '../plan/logical.ts';
import type { DataType } from '../types/type.ts';
import { isInteger, isNumeric, isString, isTimestamp } from '../types/type.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { decimalToText } from '../types/number-text.ts';
import { timestampToText, dateToText } from '../types/text.ts';
import { duckType } from './duckdb-types.ts';

export type Translation =
  | { readonly kind: 'sql'; readonly sql: string }
  /** Why DuckDB does not run it. */
  | { readonly kind: 'refused'; readonly reason: string };

class Refusal extends Error {}
const refuse = (reason: string): never => {
  throw new Refusal(reason);
};

/** The SQL of a query plan (not of a sink); its columns are c0, c1, … in order. */
export function toDuckDBSql(plan: LogicalPlan, baseDirectory: string): Translation {
  try {
    return { kind: 'sql', sql: relation(plan, baseDirectory) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
    throw error;
  }
}

const column = (index: number): string => `c${index}`;
const selectAll = (items: readonly string[]): string => items.map((item, i) => `${item} AS ${column(i)}`).join(', ');
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function relation(plan: LogicalPlan, directory: string): string {
  const from = (input: LogicalPlan): string => `(${relation(input, directory)})`;
  switch (plan.kind) {
    case 'scan':
      return scan(plan, directory);
    case 'watermark':
      // A bounded query sees all rows before any window closes: nothing is late.
      return relation(plan.input, directory);
    case 'values':
      return values(plan.rows, plan.schema);
    case 'project':
      return `SELECT ${selectAll(plan.exprs.map(expression))} FROM ${from(plan.input)}`;
    case 'filter':
      return `SELECT * FROM ${from(plan.input)} WHERE ${expression(plan.condition)}`;
    case 'aggregate': {
      const keys = plan.keys.map(column);
      const calls = plan.calls.map((call) => aggregate(call, plan.input.schema));
      const by = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
      return `SELECT ${selectAll([...keys, ...calls])} FROM ${from(plan.input)}${by}`;
    }
    case 'window-aggregate':
      return windowAggregate(plan, from(plan.input));
    case 'union':
      return plan.inputs.map((input) => `SELECT * FROM ${from(input)}`).join(' UNION ALL ');
    case 'join': {
      if (plan.temporal !== undefined) return refuse('a temporal join');
      if (plan.type !== 'inner') return refuse(`${plan.type} join`);
      const left = plan.left.schema.map((_, i) => `l.${column(i)}`);
      const right = plan.right.schema.map((_, i) => `r.${column(i)}`);
      const joined = `SELECT ${selectAll([...left, ...right])} FROM ${from(plan.left)} l CROSS JOIN ${from(plan.right)} r`;
      return plan.condition === undefined ? joined : `SELECT * FROM (${joined}) WHERE ${expression(plan.condition)}`;
    }
    case 'sort': {
      for (const { column: key } of plan.keys) {
        if (isString(plan.schema[key]!.type))
          refuse('ORDER BY a string: the orders of characters differ beyond the BMP');
      }
      const keys = plan.keys.map(
        ({ column: key, descending, nullsFirst }) =>
          `${column(key)} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`,
      );
      if (keys.length === 0) return refuse('LIMIT without ORDER BY: which rows come first is up to the engine');
      const limit = plan.limit === undefined ? '' : ` LIMIT ${plan.limit}`;
      return `SELECT * FROM ${from(plan.input)} ORDER BY ${keys.join(', ')}${limit} OFFSET ${plan.offset}`;
    }
    case 'to-changelog':
    case 'from-changelog':
      return refuse('changelog functions');
    case 'match':
      return refuse('MATCH_RECOGNIZE');
    case 'correlate':
      return refuse('UNNEST and table functions');
    case 'window-table':
      return refuse('a window table function without an aggregate');
    case 'over':
    case 'rank':
      return refuse('OVER');
    case 'sink':
      return refuse('INSERT');
  }
}

/** Options under which the readers of both engines see the same rows. */
const PLAIN_CSV = new Set(['connector', 'path', 'format', 'csv.null-literal', 'csv.field-delimiter']);
const PLAIN_JSON = new Set(['connector', 'path', 'format']);

function scan({ table, paths }: Scan, directory: string): string {
  const { options } = table;
  if (options['connector'] !== 'filesystem') return refuse(`connector '${options['connector']}'`);
  const plain = options['format'] === 'csv' ? PLAIN_CSV : options['format'] === 'json' ? PLAIN_JSON : undefined;
  if (plain === undefined) return refuse(`format '${options['format']}'`);
  const other = Object.keys(options).find((key) => !plain.has(key) && !key.startsWith('replay.'));
  if (other !== undefined) return refuse(`option '${other}'`);
  const columns = physicalColumns(table);
  const wanted = (paths ?? columns.map(({ name }) => [name])).map((path) => {
    if (path.length > 1) return refuse('fields of nested rows');
    return path[0]!;
  });
  const types = columns.map(({ name, type }) => `${quote(name)}: ${quote(readable(type))}`).join(', ');
  const path = quote(resolve(directory, options['path']!.replace(/^file:\/\//, '')));
  const reader =
    options['format'] === 'json'
      ? `read_json(${path}, format = 'newline_delimited', columns = {${types}})`
      : `read_csv(${path}, header = false, auto_detect = false, columns = {${types}}, delim = ${quote(options['csv.field-delimiter'] ?? ',')}, ` +
        `quote = '"', escape = '"', nullstr = ${quote(options['csv.null-literal'] ?? '\u0001')})`;
  return `SELECT ${selectAll(wanted.map((name) => `"${name.replaceAll('"', '""')}"`))} FROM ${reader}`;
}

function physicalColumns(table: ResolvedTable): { readonly name: string; readonly type: DataType }[] {
  return table.columns.flatMap((one) => {
    if (one.kind === 'metadata') return refuse('metadata columns');
    return one.kind === 'physical' ? [one] : [];
  });
}

/** Types that both readers take from text in the same way. */
function readable(type: DataType): string {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'DOUBLE':
    case 'DATE':
      return duckType(type);
    case 'TIMESTAMP':
      return type.precision <= 6 ? 'TIMESTAMP' : refuse('TIMESTAMP(7..9) in a file');
    case 'VARCHAR':
      return type.length === 2147483647 ? 'VARCHAR' : refuse(`VARCHAR(${type.length}) in a file`);
    default:
      return refuse(`${type.kind} in a file`);
  }
}

function values(rows: readonly (readonly Value[])[], schema: Schema): string {
  if (rows.length === 0) return refuse('VALUES without rows');
  const items = rows.map((row) => `(${row.map((value, i) => literal(value, schema[i]!.type)).join(', ')})`);
  return `SELECT * FROM (VALUES ${items.join(', ')}) v(${schema.map((_, i) => column(i)).join(', ')})`;
}

/** Windows lie on a grid of milliseconds; a hop row is counted once for each of its windows. */
function windowAggregate(plan: WindowAggregate, input: string): string {
  const { window, timeColumn, keys, calls, properties, attached } = plan;
  if (attached !== undefined) return refuse('a window over a windowed result');
  if (plan.input.schema[timeColumn]!.type.kind !== 'TIMESTAMP') return refuse('windows on the wall clock of a zone');
  if (window.kind === 'session' || window.kind === 'cumulate') return refuse(`${window.kind.toUpperCase()} windows`);
  const ms = `epoch_ms(${column(timeColumn)})`;
  const step = window.kind === 'tumble' ? window.size : window.slide;
  const first = `${ms} - ((${ms} - ${window.offset}) % ${step} + ${step}) % ${step}`;
  const starts = window.kind === 'tumble' ? `[${first}]` : `range(${first}, ${ms} - ${window.size}, -${step})`;
  const rows = `SELECT *, unnest(${starts}) AS w FROM ${input} WHERE ${column(timeColumn)} IS NOT NULL`;
  const bound = (offset: number): string => `make_timestamp_ms(w + ${offset})`;
  const props = properties.map((property) =>
    property === 'start' ? bound(0) : property === 'end' ? bound(window.size) : bound(window.size - 1),
  );
  const items = [...keys.map(column), ...calls.map((call) => aggregate(call, plan.input.schema)), ...props];
  return `SELECT ${selectAll(items)} FROM (${rows}) GROUP BY ${['w', ...keys.map(column)].join(', ')}`;
}

function aggregate(call: AggregateCall, schema: Schema): string {
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${column(call.filter)})`;
  const [argument] = call.args;
  const distinct = call.distinct ? 'DISTINCT ' : '';
  if (call.fn === 'COUNT') {
    if (call.args.length > 1) return refuse('COUNT of several columns');
    return `count(${argument === undefined ? '*' : distinct + column(argument)})${filter}`;
  }
  const type = argument === undefined ? undefined : schema[argument]!.type;
  if (type === undefined || call.args.length !== 1) return refuse(`aggregate ${call.fn}`);
  const exact = isInteger(type) || type.kind === 'DECIMAL';
  switch (call.fn) {
    case 'SUM':
      if (!exact) return refuse(`SUM of ${type.kind}: the order of additions shows in the result`);
      return `CAST(sum(${distinct}${column(argument!)})${filter} AS ${duckType(call.type)})`;
    case 'AVG':
      if (!isInteger(type)) return refuse(`AVG of ${type.kind}`);
      return `CAST(sum(${distinct}${column(argument!)})${filter} // nullif(count(${distinct}${column(argument!)})${filter}, 0) AS ${duckType(call.type)})`;
    case 'MIN':
    case 'MAX':
      if (!exact && !isTimestamp(type) && type.kind !== 'DATE') return refuse(`${call.fn} of ${type.kind}`);
      return `${call.fn.toLowerCase()}(${column(argument!)})${filter}`;
    default:
      return refuse(`aggregate ${call.fn}`);
  }
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=']);

function expression(expr: Expr): string {
  switch (expr.kind) {
    case 'column':
      return column(expr.index);
    case 'literal':
      return literal(expr.value, expr.type);
    case 'and':
    case 'or':
      return `(${expr.args.map(expression).join(` ${expr.kind.toUpperCase()} `)})`;
    case 'not':
      return `(NOT ${expression(expr.input)})`;
    case 'is-null':
      return `(${expression(expr.input)} IS ${expr.negated ? 'NOT ' : ''}NULL)`;
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => `WHEN ${expression(when)} THEN ${expression(then)}`);
      return `(CASE ${branches.join(' ')} ELSE ${expression(expr.otherwise)} END)`;
    }
    case 'in': {
      const items = expr.values.map((value) => literal(value, expr.input.type)).join(', ');
      return `(${expression(expr.input)} ${expr.negated ? 'NOT ' : ''}IN (${items}))`;
    }
    case 'cast':
      return cast(expr);
    case 'call':
      return call(expr);
    case 'field':
      return refuse('fields of nested rows');
  }
}

function cast({ input, type, legacy }: Extract<Expr, { kind: 'cast' }>): string {
  if (legacy) return refuse('CAST by the legacy rules');
  const widens =
    (isInteger(input.type) && (isInteger(type) || type.kind === 'DECIMAL') && rank(type) >= rank(input.type)) ||
    (isInteger(input.type) && type.kind === 'DOUBLE' && input.type.kind !== 'BIGINT') ||
    (isString(input.type) && type.kind === 'VARCHAR' && type.length === 2147483647) ||
    (input.type.kind === 'TIMESTAMP' && type.kind === 'TIMESTAMP' && type.precision >= input.type.precision);
  if (!widens) return refuse(`CAST from ${input.type.kind} to ${type.kind}`);
  return `CAST(${expression(input)} AS ${duckType(type)})`;
}

const rank = (type: DataType): number =>
  ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'].indexOf(type.kind === 'DECIMAL' ? 'BIGINT' : type.kind);

function call({ fn, args, type }: Extract<Expr, { kind: 'call' }>): string {
  const [a, b] = args;
  if (COMPARISONS.has(fn) && a !== undefined && b !== undefined) {
    const ordered = isNumeric(a.type) || isTimestamp(a.type) || a.type.kind === 'DATE' || a.type.kind === 'BOOLEAN';
    if (!ordered && !(isString(a.type) && (fn === '=' || fn === '<>'))) return refuse(`${fn} of ${a.type.kind}`);
    if (a.type.kind === 'CHAR' || b.type.kind === 'CHAR') {
      if (args.some((arg) => arg.kind !== 'literal' && arg.type.kind === 'CHAR')) return refuse('comparison of CHAR');
    }
    return `(${expression(a)} ${fn} ${expression(b)})`;
  }
  if (['+', '-', '*'].includes(fn) && args.length === 2 && isInteger(type)) {
    // DuckDB fails where Flink wraps; the query then runs on the embedded engine.
    return `(CAST(${expression(a!)} AS ${duckType(type)}) ${fn} CAST(${expression(b!)} AS ${duckType(type)}))`;
  }
  return refuse(`function ${fn}`);
}

function literal(value: Value, type: DataType): string {
  if (value === null) return `CAST(NULL AS ${duckType(type)})`;
  switch (type.kind) {
    case 'BOOLEAN':
      return value ? 'TRUE' : 'FALSE';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return `CAST(${String(value)} AS ${duckType(type)})`;
    case 'DECIMAL':
      return `CAST('${decimalToText(value as bigint, type.scale)}' AS ${duckType(type)})`;
    case 'DOUBLE':
      return `CAST('${String(value)}' AS DOUBLE)`;
    case 'CHAR':
    case 'VARCHAR':
      return quote(value as string);
    case 'DATE':
      return `DATE '${dateToText(value as number)}'`;
    case 'TIMESTAMP':
      if (typeof value !== 'number') return refuse('a TIMESTAMP literal beyond milliseconds');
      return `TIMESTAMP '${timestampToText(value, 0, 3)}'`;
    default:
      return refuse(`a literal of type ${type.kind}`);
  }
}
