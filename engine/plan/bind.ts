/** Statements: what each of them does, with names and types resolved. */
import type { Catalog } from '../catalog/catalog.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { StringLiteral } from '../sql/ast-expr.ts';
import type { CompilePlan, ExplainDetail, Insert, Statement } from '../sql/ast.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { alterTable } from './bind-alter-table.ts';
import { makeEnv, unsupported } from './bind-context.ts';
import type { BindEnv, BindOptions } from './bind-context.ts';
import { bindCreateAs } from './bind-create-as.ts';
import type { CreateAs } from './bind-create-as.ts';
import { createTable } from './bind-create-table.ts';
import { alterView, createView } from './bind-create-view.ts';
import { alterCatalog, alterDatabase, createCatalog, createDatabase, drop, use } from './bind-ddl.ts';
import { optionsOf } from './written.ts';
import { describe } from './bind-describe.ts';
import { alterFunction, createFunction } from './bind-function.ts';
import { bindInsert } from './bind-insert.ts';
import { alterModel, createModel } from './bind-model.ts';
import { bindTopQuery } from './bind-query.ts';
import { refusal } from './bind-refused.ts';
import { show, showSettings } from './bind-show.ts';
import { showHelp } from './help.ts';
import type { LogicalPlan } from './logical.ts';

export type BoundStatement =
  /** Done: the catalog was changed. */
  | { readonly kind: 'ok' }
  | { readonly kind: 'set'; readonly key: string; readonly value: string; readonly span: Span }
  /** `key` undefined: everything. */
  | { readonly kind: 'reset'; readonly key: string | undefined }
  /** SHOW, DESCRIBE, SET without arguments. */
  | { readonly kind: 'rows'; readonly schema: Schema; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'explain'; readonly plans: readonly LogicalPlan[]; readonly details: readonly ExplainDetail[] }
  | { readonly kind: 'query'; readonly plan: LogicalPlan }
  /** INSERTs of one job: their plans end in sinks. `undo` takes back what CREATE TABLE AS has made, when the job cannot be planned. */
  | { readonly kind: 'inserts'; readonly plans: readonly LogicalPlan[]; readonly undo?: () => void }
  | {
      readonly kind: 'compilePlan';
      readonly file: StringLiteral;
      readonly statement: CompilePlan;
      readonly plans: readonly LogicalPlan[];
    }
  | { readonly kind: 'executePlan'; readonly file: StringLiteral }
  | { readonly kind: 'showJobs' }
  | { readonly kind: 'describeJob'; readonly job: StringLiteral };

/**
 * Binds a statement; CREATE, ALTER, DROP and USE take effect on the catalog at once.
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
      if (statement.query !== undefined) return createAs({ ...statement, query: statement.query }, env);
      return done(createTable(statement, env));
    case 'createView':
      return done(createView(statement, env));
    case 'createFunction':
      return done(createFunction(statement, env));
    case 'createCatalog':
      return done(createCatalog(statement, env));
    case 'createDatabase':
      return done(createDatabase(statement, env));
    case 'createModel':
      return done(createModel(statement, env));
    case 'alterTable':
      return done(alterTable(statement, env));
    case 'alterView':
      return done(alterView(statement, env));
    case 'alterFunction':
      return done(alterFunction(statement, env));
    case 'alterCatalog':
      return done(alterCatalog(statement, env));
    case 'alterDatabase':
      return done(alterDatabase(statement, env));
    case 'alterModel':
      return done(alterModel(statement, env));
    case 'drop':
      return done(drop(statement, env));
    case 'use':
      return done(use(statement, env));
    case 'loadModule':
      return done(catalog.modules.load(statement.name.name, optionsOf(statement.options, env), statement.name.span));
    case 'unloadModule':
      return done(catalog.modules.unload(statement.name.name, statement.name.span));
    case 'describe': {
      const { object, path } = statement;
      if (path.kind === 'string' || object === 'JOB') return { kind: 'describeJob', job: path as StringLiteral };
      return { kind: 'rows', ...describe({ ...statement, object, path }, env) };
    }
    case 'show': {
      const { object } = statement;
      return object === 'JOBS' ? { kind: 'showJobs' } : { kind: 'rows', ...show({ ...statement, object }, env) };
    }
    case 'set':
      return statement.option === undefined
        ? { kind: 'rows', ...showSettings(options.listed ?? options.settings) }
        : {
            kind: 'set',
            key: statement.option.key.value,
            value: optionText(statement.option.value),
            span: statement.option.key.span,
          };
    case 'reset':
      return { kind: 'reset', key: statement.key?.value };
    case 'compilePlan': {
      const { statement: inner } = statement;
      const plans = inner.kind === 'insert' ? [bindInsert(inner, env)] : bindStatementSet(inner.statements, env);
      return { kind: 'compilePlan', file: statement.file, statement, plans };
    }
    case 'executePlan':
      return { kind: 'executePlan', file: statement.file };
    case 'clientCommand':
      return statement.command === 'HELP' ? { kind: 'rows', ...showHelp() } : { kind: 'ok' };
    case 'statementSetMark':
    case 'stopJob':
      throw unsupported('this statement without a session', statement.span);
    default: {
      const error = refusal(statement, env);
      if (error !== undefined) throw error;
      return { kind: 'ok' };
    }
  }
}

const done = (_: void): BoundStatement => ({ kind: 'ok' });

/** The table is there before its job starts, and gone again if that cannot be planned. */
function createAs(statement: CreateAs, env: BindEnv): BoundStatement {
  const { plan, store } = bindCreateAs(statement, env);
  return { kind: 'inserts', plans: [plan], undo: store() };
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
    case 'createTable':
      if (statement.query !== undefined) return [bindCreateAs({ ...statement, query: statement.query }, env).plan];
      break;
  }
  throw new MillraceError('SQL_INVALID', 'EXPLAIN takes a query, an INSERT or a statement set', {
    span: statement.span,
    hint: 'for example EXPLAIN SELECT ..., EXPLAIN INSERT INTO ..., EXPLAIN CREATE TABLE ... AS SELECT',
  });
}

/** The value of an option. @throws SQL_UNSUPPORTED for a host variable */
function optionText(value: NonNullable<Extract<Statement, { kind: 'set' }>['option']>['value']): string {
  if (value.kind === 'string') return value.value;
  throw unsupported('a variable as the value of SET', value.span);
}
