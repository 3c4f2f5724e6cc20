/** Statements: what each of them does, with names and types resolved. */
import { unreachable } from '../assert.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { MillraceError } from '../errors.ts';
import type { ExplainDetail, Insert, Statement } from '../sql/ast.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { makeEnv, unsupported } from './bind-context.ts';
import type { BindEnv, BindOptions } from './bind-context.ts';
import { createDatabase, drop, use } from './bind-ddl.ts';
import { createTable } from './bind-create-table.ts';
import { createView } from './bind-create-view.ts';
import { bindInsert } from './bind-insert.ts';
import { bindTopQuery } from './bind-query.ts';
import { describe, show, showSettings } from './bind-show.ts';
import type { LogicalPlan } from './logical.ts';

export type BoundStatement =
  /** Done: the catalog was changed. */
  | { readonly kind: 'ok' }
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  /** `key` undefined: everything. */
  | { readonly kind: 'reset'; readonly key: string | undefined }
  /** SHOW, DESCRIBE, SET without arguments. */
  | { readonly kind: 'rows'; readonly schema: Schema; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'explain'; readonly plans: readonly LogicalPlan[]; readonly details: readonly ExplainDetail[] }
  | { readonly kind: 'query'; readonly plan: LogicalPlan }
  /** INSERTs of one job: their plans end in sinks. */
  | { readonly kind: 'inserts'; readonly plans: readonly LogicalPlan[] };

/**
 * Binds a statement; CREATE, DROP and USE take effect on the catalog at once.
 * @throws MillraceError with a span into `options.text`
 */
export function bindStatement(statement: Statement, catalog: Catalog, options: BindOptions): BoundStatement {
  const env = makeEnv(catalog, options);
  switch (statement.kind) {
    case 'queryStatement':
      return { kind: 'query', plan: bindTopQuery(statement.query, env) };
    case 'insert':
      return { kind: 'inserts', plans: [bindInsert(statement, env)] };
    case 'statementSet':
      return { kind: 'inserts', plans: bindStatementSet(statement.statements, env) };
    case 'explain':
      return { kind: 'explain', plans: explained(statement.statement, env), details: statement.details };
    case 'createTable':
      createTable(statement, env);
      return { kind: 'ok' };
    case 'createView':
      createView(statement, env);
      return { kind: 'ok' };
    case 'createDatabase':
      createDatabase(statement, catalog);
      return { kind: 'ok' };
    case 'drop':
      drop(statement, env);
      return { kind: 'ok' };
    case 'use':
      use(statement, catalog);
      return { kind: 'ok' };
    case 'describe':
      return { kind: 'rows', ...describe(statement, env) };
    case 'show':
      return { kind: 'rows', ...show(statement, env) };
    case 'set':
      return statement.option === undefined
        ? { kind: 'rows', ...showSettings(options.settings) }
        : { kind: 'set', key: statement.option.key.value, value: optionText(statement.option.value) };
    case 'reset':
      return { kind: 'reset', key: statement.key?.value };
    default:
      throw unsupported(nameOf(statement), statement.span);
  }
}

function bindStatementSet(statements: readonly Insert[], env: BindEnv): LogicalPlan[] {
  return statements.map((statement) => bindInsert(statement, env));
}

function explained(statement: Statement, env: BindEnv): LogicalPlan[] {
  switch (statement.kind) {
    case 'queryStatement':
      return [bindTopQuery(statement.query, env)];
    case 'insert':
      return [bindInsert(statement, env)];
    case 'statementSet':
      return bindStatementSet(statement.statements, env);
    default:
      throw new MillraceError('SQL_INVALID', 'EXPLAIN takes a query, an INSERT or a statement set', {
        span: statement.span,
      });
  }
}

/** The value of an option. @throws SQL_UNSUPPORTED for a host variable */
function optionText(value: NonNullable<Extract<Statement, { kind: 'set' }>['option']>['value']): string {
  if (value.kind === 'string') return value.value;
  throw unsupported('a variable as the value of SET', value.span);
}

type OtherStatement = Exclude<
  Statement,
  {
    kind:
      | 'queryStatement'
      | 'insert'
      | 'statementSet'
      | 'explain'
      | 'createTable'
      | 'createView'
      | 'createDatabase'
      | 'drop'
      | 'use'
      | 'describe'
      | 'show'
      | 'set'
      | 'reset';
  }
>;

/** What the user wrote, in SQL's words. */
function nameOf(statement: OtherStatement): string {
  switch (statement.kind) {
    case 'update':
    case 'delete':
    case 'truncate':
      return statement.kind.toUpperCase();
    case 'callProcedure':
      return 'CALL';
    case 'statementSetMark':
      return `${statement.mark === 'BEGIN' ? 'BEGIN STATEMENT SET' : 'END'} outside of a script`;
    case 'compilePlan':
      return 'COMPILE PLAN';
    case 'executePlan':
      return 'EXECUTE PLAN';
    case 'createMaterializedTable':
      return 'CREATE MATERIALIZED TABLE';
    case 'createFunction':
      return 'CREATE FUNCTION';
    case 'createCatalog':
      return 'CREATE CATALOG';
    case 'createModel':
      return 'CREATE MODEL';
    case 'createConnection':
      return 'CREATE CONNECTION';
    case 'alterTable':
      return 'ALTER TABLE';
    case 'alterMaterializedTable':
      return 'ALTER MATERIALIZED TABLE';
    case 'alterView':
      return 'ALTER VIEW';
    case 'alterFunction':
      return 'ALTER FUNCTION';
    case 'alterCatalog':
      return 'ALTER CATALOG';
    case 'alterDatabase':
      return 'ALTER DATABASE';
    case 'alterModel':
      return 'ALTER MODEL';
    case 'alterConnection':
      return 'ALTER CONNECTION';
    case 'loadModule':
      return 'LOAD MODULE';
    case 'unloadModule':
      return 'UNLOAD MODULE';
    case 'jar':
      return `${statement.action} JAR`;
    case 'analyze':
      return 'ANALYZE TABLE';
    case 'stopJob':
      return 'STOP JOB';
    case 'clientCommand':
      return statement.command;
    default:
      return unreachable(statement);
  }
}
