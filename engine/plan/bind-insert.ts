/** INSERT INTO: the query's columns are brought into the order and the types of the table. */
import type { ResolvedTable } from '../catalog/table.ts';
import { pathText, quotedPath } from '../catalog/catalog.ts';
import { findConnector } from '../connectors/registry.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Insert, Path } from '../sql/ast.ts';
import { supportsCast } from '../types/cast-rules.ts';
import type { Schema } from '../types/schema.ts';
import { typeToString, withNullable } from '../types/type.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { partsOf } from './written.ts';
import { bindExpr } from './bind-expr.ts';
import { checkTable, withOptionHints } from './bind-table.ts';
import { bindTopQuery } from './bind-query.ts';
import { columnExpr, literalExpr } from './expr-walk.ts';
import type { LogicalPlan, Sink } from './logical.ts';
import { castTo } from './make-expr.ts';
import { project, sink, writableColumns } from './nodes.ts';

export function bindInsert(statement: Insert, env: BindEnv): LogicalPlan {
  if (statement.upsert) {
    throw new MillraceError(
      'SQL_UNSUPPORTED',
      'UPSERT INTO statement is not supported. Please use INSERT INTO instead.',
      { span: statement.span, hint: 'INSERT INTO a table with a PRIMARY KEY upserts' },
    );
  }
  const target = withOptionHints(bindTarget(statement, env), statement.hints);
  const targets = writableColumns(target);
  checkPartition(statement, target, targets);
  const table = statement.overwrite ? overwritten(statement, target, env) : target;
  const query = bindTopQuery(statement.query, env);
  const conflict = statement.onConflict?.toLowerCase() as Sink['conflict'];
  const names = targetNames(statement, targets);
  const given = names.length - statement.partition.length;
  if (statement.columns.length > 0 && query.schema.length !== given) {
    throw new MillraceError('SQL_INVALID', 'Number of columns must match number of query columns', {
      span: statement.query.span,
      hint: `the list has ${given} columns, the query ${query.schema.length}`,
    });
  }
  const constants = new Map<string, Expr>();
  for (const { name, value } of statement.partition) {
    if (value === undefined) continue;
    constants.set(
      name.name,
      bindExpr(value, { env, scope: { relations: [] }, clause: 'PARTITION', places: new Map() }),
    );
  }
  if (query.schema.length !== given)
    throw mismatch(table, query.schema, targets, 'Different number of columns.', statement.query.span);
  const { span } = statement.target;
  checkTable(env, table, 'sink', span);
  const spans = { target: statement.columns[0]?.span ?? span, query: statement.query.span, table: span };
  return insertPlan(query, table, { names, constants, conflict }, spans);
}

export interface InsertColumns {
  /** The columns of the table that those of the query go to. */
  readonly names: readonly string[];
  readonly constants: ReadonlyMap<string, Expr>;
  readonly conflict?: Sink['conflict'];
}

/**
 * A query's rows for a table: its columns by the names of the table's, with constants for those of PARTITION (..), NULL for the rest.
 * @throws SQL_INVALID for a NOT NULL column without a value, SQL_TYPE where a type does not fit
 */
export function insertPlan(
  query: LogicalPlan,
  table: ResolvedTable,
  { names, constants, conflict }: InsertColumns,
  spans: { readonly target: Span; readonly query: Span; readonly table: Span },
): LogicalPlan {
  const targets = writableColumns(table);
  const exprs = targets.map((target, i): Expr => {
    const constant = constants.get(target.name);
    const position = names.indexOf(target.name);
    const source = constant ?? (position < 0 ? undefined : columnExpr(position, query.schema[position]!));
    if (source === undefined) {
      if (target.type.nullable) return literalExpr(null, target.type);
      throw new MillraceError('SQL_INVALID', `Column '${target.name}' has no default value and does not allow NULLs`, {
        span: spans.target,
        hint: `name ${target.name} in the list of columns too, or declare it without NOT NULL`,
      });
    }
    const cast = constant === undefined ? 'implicit' : 'explicit';
    if (!supportsCast(source.type, target.type, cast)) {
      const cause = `Incompatible types for sink column '${target.name}' at position ${i + 1}.`;
      throw mismatch(table, query.schema, targets, cause, spans.query);
    }
    return castTo(source, withNullable(target.type, source.type.nullable));
  });
  return sink(
    project(
      query,
      exprs.map((expr, i) => ({ name: targets[i]!.name, expr })),
    ),
    table,
    spans.table,
    conflict === undefined ? {} : { conflict },
  );
}

/** The columns of PARTITION (..) must be columns that the table is partitioned by. */
function checkPartition({ partition }: Insert, table: ResolvedTable, targets: Schema): void {
  for (const { name, span } of partition) {
    const column = name.name;
    if (!targets.some((target) => target.name === column)) throw unknownTarget(column, name.span, targets);
    if (table.partitionedBy.includes(column)) continue;
    throw new MillraceError(
      'SQL_INVALID',
      `Static partition column '${column}' should be in the partition keys list [${table.partitionedBy.join(', ')}] for table '${pathText(table.path)}'.`,
      { span, hint: didYouMean(column, table.partitionedBy) ?? 'give the column a value in the query' },
    );
  }
}

/** INSERT OVERWRITE: batch jobs replace what a table, or the partitions that they write, held. */
function overwritten(statement: Insert, table: ResolvedTable, env: BindEnv): ResolvedTable {
  const span = { start: statement.span.start, end: statement.target.span.end };
  const found = findConnector(table.options['connector']);
  if (found !== undefined && found.overwrites === undefined) {
    throw new MillraceError(
      'SQL_UNSUPPORTED',
      `INSERT OVERWRITE requires that the underlying DynamicTableSink of table '${pathText(table.path)}' implements the SupportsOverwrite interface.`,
      { span, hint: 'INSERT INTO adds rows; of the connectors here filesystem can be overwritten' },
    );
  }
  if (env.options.mode !== 'batch' && found?.overwrites !== 'always') {
    throw new MillraceError('SQL_INVALID', 'Streaming mode not support overwrite.', {
      span,
      hint: "SET 'execution.runtime-mode' = 'batch', or INSERT INTO",
    });
  }
  return { ...table, overwrite: true };
}

function bindTarget(statement: Insert, env: BindEnv): ResolvedTable {
  const { target } = statement;
  if (target.kind === 'parameter') {
    const found = env.options.parameter?.(target);
    if (found?.kind === 'table') return found.table;
    throw new MillraceError('SQL_UNKNOWN_TABLE', `"${target.source}" is no table`, { span: target.span });
  }
  const path = fullPath(env, partsOf(target));
  const object = env.catalog.lookup([path.catalog, path.database, path.name], target.span);
  if (object.kind === 'table') return object.table;
  throw new MillraceError('SQL_INVALID', `${quotedPath(path)} is a view: INSERT writes into tables`, {
    span: target.span,
    hint: 'INSERT into the table that the view reads',
  });
}

/** The columns that the query's columns go to, in their order; those of PARTITION (..) with a constant behind. */
function targetNames(statement: Insert, targets: Schema): string[] {
  const fixed = statement.partition.filter((item) => item.value !== undefined).map((item) => item.name.name);
  if (statement.columns.length === 0) {
    return [...targets.map((target) => target.name).filter((name) => !fixed.includes(name)), ...fixed];
  }
  const names = statement.columns.map((column) => targetName(column, targets));
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw new MillraceError('SQL_INVALID', `Target column '${names[twice]}' is assigned more than once`, {
      span: statement.columns[twice]!.span,
      hint: 'name every column once',
    });
  }
  return [...names, ...fixed];
}

function targetName(column: Path, targets: Schema): string {
  const name = column.parts.map((part) => part.name).join('.');
  if (targets.some((target) => target.name === name)) return name;
  throw unknownTarget(name, column.span, targets);
}

function unknownTarget(name: string, span: Span, targets: Schema): MillraceError {
  const names = targets.map((target) => target.name);
  return new MillraceError('SQL_UNKNOWN_COLUMN', `Unknown target column '${name}'`, {
    span,
    hint: didYouMean(name, names) ?? `columns that can be written: ${names.join(', ')}`,
  });
}

function mismatch(table: ResolvedTable, query: Schema, targets: Schema, cause: string, span: Span): MillraceError {
  const list = (schema: Schema): string => schema.map(({ name, type }) => `${name}: ${typeToString(type)}`).join(', ');
  return new MillraceError(
    'SQL_TYPE',
    `Column types of query result and sink for '${pathText(table.path)}' do not match.\nCause: ${cause}\n\n` +
      `Query schema: [${list(query)}]\nSink schema:  [${list(targets)}]`,
    { span, hint: 'CAST the columns of the query' },
  );
}
