/** CREATE VIEW: the query is bound once to check it and to know its columns, and kept as text. */
import type { StoredView } from '../catalog/catalog.ts';
import { MillraceError } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { partsOf } from './bind-ddl.ts';
import { bindTopQuery } from './bind-query.ts';
import { catalogQueryText } from './sql-text.ts';
import { expandQuery } from './expand-query.ts';

export function createView(statement: ddl.CreateView, env: BindEnv): void {
  if (statement.orReplace) throw unsupported('CREATE OR REPLACE VIEW', statement.span, 'DROP VIEW it first');
  const path = fullPath(env, partsOf(statement.path));
  const expansions = new Map();
  const plan = bindTopQuery(statement.query, { ...env, expansions });
  const names = statement.columns.map((column) => column.name);
  if (names.length > 0 && names.length !== plan.schema.length) {
    const inputs = plan.schema.map((column) => column.name).join(', ');
    throw new MillraceError(
      'SQL_INVALID',
      `VIEW definition and input fields not match:\n\tDef fields: [${names.join(', ')}].\n\tInput fields: [${inputs}].`,
      { span: statement.columns[0]!.span },
    );
  }
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw new MillraceError('SQL_INVALID', `A column with the same name \`${names[twice]}\` has been defined.`, {
      span: statement.columns[twice]!.span,
    });
  }
  const own = plan.schema.map((column) => column.name);
  const repeated = repeatedName(statement.query, own);
  if (names.length === 0 && repeated !== undefined) {
    throw new MillraceError('SQL_INVALID', `A column with the same name \`${repeated}\` has been defined.`, {
      span: statement.query.body.kind === 'select' ? statement.query.body.items[0]!.span : statement.query.span,
      hint: 'give one of them another name with AS',
    });
  }
  const expanded = expandQuery(statement.query, expansions);
  const view: StoredView = {
    path,
    sql: catalogQueryText(expanded),
    schema: plan.schema.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
    catalog: env.catalog.currentCatalog,
    database: env.catalog.currentDatabase,
    comment: statement.comment?.value,
    temporary: statement.temporary,
  };
  const object = { kind: 'view', view } as const;
  env.catalog.create(object, { ifNotExists: statement.ifNotExists, span: statement.path.span });
}

/** A name that the select list gives twice; `id, id` would be `id, id0` in a query, and is refused in a view. */
function repeatedName(query: ddl.CreateView['query'], unique: readonly string[]): string | undefined {
  if (query.body.kind !== 'select') return undefined;
  const names = query.body.items.map(
    ({ alias, expr }) => alias?.name ?? (expr.kind === 'column' ? expr.parts.at(-1)!.name : undefined),
  );
  const found = names.find((name, i) => name !== undefined && names.indexOf(name) !== i);
  return found === undefined || !unique.includes(found) ? undefined : found;
}
