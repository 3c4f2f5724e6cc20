/** Statements that Flink has and that cannot run here: their names are looked up first, then each is refused with what to do instead. */
import { unreachable } from '../assert.ts';
import { pathText, quotedPath } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Analyze, Path, Statement } from '../sql/ast.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { MATERIALIZED_HINT, noConnections } from './bind-ddl.ts';
import { partsOf } from './written.ts';
import { noProcedures } from './bind-show.ts';
import { checkTable } from './bind-table.ts';

export type Refused = Extract<
  Statement,
  {
    kind:
      | 'update'
      | 'delete'
      | 'truncate'
      | 'callProcedure'
      | 'createMaterializedTable'
      | 'alterMaterializedTable'
      | 'createConnection'
      | 'alterConnection'
      | 'jar'
      | 'analyze';
  }
>;

/** The reason why the statement does not run. ANALYZE gives undefined where it is allowed: there is nothing to gather. */
export function refusal(statement: Refused, env: BindEnv): MillraceError | undefined {
  const { span } = statement;
  switch (statement.kind) {
    case 'update':
    case 'delete':
      return noRowChanges(statement.kind.toUpperCase(), statement.target, span, env);
    case 'truncate':
      return noTruncate(statement.table, span, env);
    case 'callProcedure':
      return noProcedures(span);
    case 'createMaterializedTable':
      return refuse('CREATE MATERIALIZED TABLE', span, MATERIALIZED_HINT);
    case 'alterMaterializedTable': {
      const { path } = statement;
      targetTable(path, env);
      const name = quotedPath(fullPath(env, partsOf(path)));
      const reason = `Table ${name} is not a materialized table, does not support materialized table related operation.`;
      return new MillraceError('SQL_INVALID', reason, { span: path.span, hint: 'ALTER TABLE changes it' });
    }
    case 'createConnection':
    case 'alterConnection':
      return noConnections(span);
    case 'jar':
      return refuse(
        `${statement.action} JAR`,
        span,
        'there is no JVM here: write functions in a cell; connectors and formats are built in',
      );
    case 'analyze':
      return analyze(statement, env);
    default:
      return unreachable(statement);
  }
}

const refuse = (what: string, span: Span, hint: string): MillraceError =>
  new MillraceError('SQL_UNSUPPORTED', `${what} is not supported`, { span, hint });

/** @throws SQL_UNKNOWN_TABLE */
function targetTable(path: Path, env: BindEnv): ResolvedTable {
  const full = fullPath(env, partsOf(path));
  const object = env.catalog.lookup([full.catalog, full.database, full.name], path.span);
  if (object.kind === 'table') return object.table;
  throw new MillraceError('SQL_INVALID', `${quotedPath(full)} is a view: its rows cannot be changed`, {
    span: path.span,
    hint: 'change the table that the view reads',
  });
}

/** UPDATE and DELETE read the table, and then need a connector that changes rows in place: none of those here does. */
function noRowChanges(what: string, path: Path, span: Span, env: BindEnv): MillraceError {
  const table = targetTable(path, env);
  if (env.options.mode !== 'batch') {
    checkTable(env, table, 'source', path.span);
    const reason = `${what} statement is not supported for streaming mode now.`;
    return new MillraceError('SQL_UNSUPPORTED', reason, { span, hint: rowHint(table) });
  }
  checkTable(env, table, 'source', path.span);
  const ability = what === 'UPDATE' ? 'SupportsRowLevelUpdate' : 'SupportsRowLevelDelete';
  return new MillraceError(
    'SQL_UNSUPPORTED',
    `Can't perform ${what.toLowerCase()} operation of the table ${pathText(table.path)} because the corresponding dynamic table sink has not yet implemented org.apache.flink.table.connector.sink.abilities.${ability}.`,
    { span, hint: rowHint(table) },
  );
}

const rowHint = (table: ResolvedTable): string =>
  table.options['connector'] === 'filesystem'
    ? `INSERT OVERWRITE ${table.path.name} SELECT ... writes the rows that shall stay`
    : 'select the rows that shall stay into a table of their own; a table with a PRIMARY KEY is updated by INSERT';

function noTruncate(path: Path, span: Span, env: BindEnv): MillraceError {
  const table = targetTable(path, env);
  const hint = `INSERT OVERWRITE ${table.path.name} SELECT ... WHERE FALSE empties files`;
  if (env.options.mode !== 'batch') {
    const reason = 'TRUNCATE TABLE statement is not supported in streaming mode.';
    return new MillraceError('SQL_UNSUPPORTED', reason, { span, hint });
  }
  return new MillraceError(
    'SQL_UNSUPPORTED',
    `TRUNCATE TABLE statement is not supported for the table ${pathText(table.path)} since the table hasn't implemented the interface org.apache.flink.table.connector.sink.abilities.SupportsTruncate.`,
    { span, hint },
  );
}

/** Statistics are counted from the input when it is read: what ANALYZE would gather is known then. Its names are checked. */
function analyze(statement: Analyze, env: BindEnv): MillraceError | undefined {
  const { span } = statement;
  if (env.options.mode !== 'batch') {
    return new MillraceError('SQL_UNSUPPORTED', 'ANALYZE TABLE is not supported for streaming mode now', {
      span,
      hint: 'leave it out: plans here do not need statistics',
    });
  }
  const full = fullPath(env, partsOf(statement.table));
  const found = env.catalog.permanent(full);
  if (found?.kind !== 'table') {
    const known = env.catalog.names(full.catalog, full.database);
    const reason = `Table ${quotedPath(full)} doesn't exist or is a temporary table.`;
    const hint = didYouMean(full.name, known) ?? 'SHOW TABLES lists the tables';
    return new MillraceError('SQL_UNKNOWN_TABLE', reason, { span: statement.table.span, hint });
  }
  const { table } = found;
  const given = statement.partition.map((item) => item.name.name);
  if (given.length !== table.partitionedBy.length || !given.every((name) => table.partitionedBy.includes(name))) {
    const reason = `Invalid ANALYZE TABLE statement. For partition table, all partition keys should be specified explicitly. The given partition keys: [${given.join(', ')}] are not match the target partition keys: [${table.partitionedBy.join(', ')}].`;
    const hint =
      table.partitionedBy.length === 0 ? 'leave PARTITION out' : `name each of ${table.partitionedBy.join(', ')}`;
    return new MillraceError('SQL_INVALID', reason, { span, hint });
  }
  const names = table.columns.map((column) => column.name);
  const unknown = statement.columns.find((column) => !names.includes(column.name));
  if (unknown === undefined) return undefined;
  const reason = `Column: ${unknown.name} does not exist in the table: ${quotedPath(full)}.`;
  const hint = didYouMean(unknown.name, names) ?? `columns: ${names.join(', ')}`;
  return new MillraceError('SQL_UNKNOWN_COLUMN', reason, { span: unknown.span, hint });
}
