/** Names of tables: common table expressions, views, tables with their OPTIONS hints, tables of the host program. */
import { pathText, quotedPath } from '../catalog/catalog.ts';
import type { StoredView } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { connector } from '../connectors/registry.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Hint, Parameter, Path } from '../sql/ast.ts';
import { parseQuery } from '../sql/parse.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { isBounded, needsNormalize, unboundedInBatch } from './changelog.ts';
import type { LogicalPlan } from './logical.ts';
import { rename, tableSource } from './nodes.ts';
import { withScanOptions } from './scan-options.ts';

/** What a name in FROM, or `TABLE name`, means: a common table expression, a view, or a table with its OPTIONS hint. */
export function bindTable(
  name: Path,
  hints: readonly Hint[],
  env: BindEnv,
  bindQuery: BindQuery,
): { readonly plan: LogicalPlan; readonly path: readonly string[] } {
  const parts = name.parts.map((part) => part.name);
  const common = parts.length === 1 ? env.ctes.get(parts[0]!) : undefined;
  if (common !== undefined) return { plan: common, path: [] };
  const path = fullPath(env, parts);
  const object = env.catalog.get(path);
  if (object === undefined) throw unknownTable(name, env);
  const names = [path.catalog, path.database, path.name];
  env.expansions?.set(name, { kind: 'names', names });
  if (object.kind === 'view') {
    const hint = hints.find((h) => h.name.name.toUpperCase() === 'OPTIONS');
    if (hint !== undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        `View '${quotedPath(path)}' cannot be enriched with new options. Hints can only be applied to tables.`,
        {
          span: hint.span,
        },
      );
    }
    return { plan: expandView(object.view, name.span, env, bindQuery), path: names };
  }
  // The hints may name the column that the pace needs, and have the last word.
  const paced = withScanOptions(withOptionHints(object.table, hints), env.options.settings);
  const table = withOptionHints(paced, hints);
  checkTable(env, table, 'source', name.span);
  if (env.options.mode === 'batch' && !isBounded(table)) throw unboundedInBatch(table, name.span);
  return { plan: sourcePlan(table, name.span, env), path: names };
}

/** A table as queries see it. @throws PLAN_CHANGELOG when its changes need a primary key that it lacks */
export function sourcePlan(table: ResolvedTable, span: Span, env: BindEnv): LogicalPlan {
  const normalize = env.options.mode === 'streaming' && needsNormalize(table, env.options.settings, span);
  return tableSource(table, span, normalize);
}

/** Runs the host's check of a table's options; its errors stand at the table's name. */
export function checkTable(env: BindEnv, table: ResolvedTable, use: 'source' | 'sink', span: Span): void {
  try {
    env.options.checkTable?.(table, use);
    checkMetadata(table, use);
  } catch (error) {
    throw error instanceof MillraceError ? error.withSpan(span) : error;
  }
}

/** Metadata columns name keys that the connector has; what is written must be one that can be. */
function checkMetadata(table: ResolvedTable, use: 'source' | 'sink'): void {
  const name = table.options['connector'];
  if (name === undefined || !table.columns.some((column) => column.kind === 'metadata')) return;
  const declared = connector(name).metadata;
  const metadata = typeof declared === 'function' ? declared(table) : declared;
  for (const column of table.columns) {
    if (column.kind !== 'metadata' || (use === 'sink' && column.virtual)) continue;
    const known = metadata[column.key];
    if (known !== undefined && (use === 'source' || known.writable)) continue;
    const keys = Object.keys(metadata).filter((key) => use === 'source' || metadata[key]!.writable);
    const doing = use === 'source' ? 'reading' : 'writing';
    throw new MillraceError(
      'CONNECTOR_OPTION',
      `Invalid metadata key '${column.key}' in column '${column.name}' of table '${pathText(table.path)}' for ${doing}`,
      {
        hint:
          didYouMean(column.key, keys) ??
          (keys.length === 0 ? `connector '${name}' has none` : `keys: ${keys.join(', ')}`),
      },
    );
  }
}

function unknownTable(name: Path, env: BindEnv): MillraceError {
  const parts = name.parts.map((part) => part.name);
  try {
    const { catalog, database, name: table } = fullPath(env, parts);
    env.catalog.lookup([catalog, database, table]);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const common = parts.length === 1 ? didYouMean(parts[0]!, env.ctes.keys()) : undefined;
    return new MillraceError('SQL_UNKNOWN_TABLE', `table "${parts.join('.')}" does not exist`, {
      span: name.span,
      hint: common ?? error.hint,
    });
  }
  return new MillraceError('SQL_UNKNOWN_TABLE', `table "${parts.join('.')}" does not exist`, { span: name.span });
}

function expandView(view: StoredView, span: Span, env: BindEnv, bindQuery: BindQuery): LogicalPlan {
  const key = quotedPath(view.path);
  if (env.views.includes(key)) {
    throw new MillraceError('SQL_INVALID', `view ${view.path.name} contains itself`, { span });
  }
  const inner: BindEnv = {
    ...env,
    text: view.sql,
    ctes: new Map(),
    home: { catalog: view.catalog, database: view.database },
    views: [...env.views, key],
    expansions: undefined,
    outer: undefined,
  };
  try {
    const plan = bindQuery(parseQuery(view.sql), inner);
    return rename(
      plan,
      view.schema.map((column) => column.name),
    );
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const where = `in view ${view.path.name}: ${error.reason}`;
    throw new MillraceError(error.code, where, {
      span: error.span,
      hint: error.hint,
      cause: error,
      text: error.text ?? view.sql,
    });
  }
}

export function parameterTable(parameter: Parameter, env: BindEnv): ResolvedTable {
  const found = env.options.parameter?.(parameter);
  if (found?.kind === 'table') return found.table;
  const reason =
    found === undefined ? `there is no variable "${parameter.source}"` : `"${parameter.source}" is no table`;
  throw new MillraceError('SQL_UNKNOWN_TABLE', reason, { span: parameter.span });
}

/** Advice to Flink's optimiser: it changes no result, and nothing here. */
const adviceHints: ReadonlySet<string> = new Set([
  'BROADCAST',
  'SHUFFLE_HASH',
  'SHUFFLE_MERGE',
  'NEST_LOOP',
  'LOOKUP',
  'STATE_TTL',
  'MULTI_JOIN',
]);

/** @throws SQL_INVALID for a hint that Flink does not know */
export function checkHints(hints: readonly Hint[]): void {
  for (const { name, span } of hints) {
    const word = name.name.toUpperCase();
    if (word === 'OPTIONS' || adviceHints.has(word)) continue;
    throw new MillraceError('SQL_INVALID', `there is no hint ${name.name}`, {
      span,
      hint: didYouMean(word, ['OPTIONS', ...adviceHints]) ?? `hints: OPTIONS, ${[...adviceHints].join(', ')}`,
    });
  }
}

/** `OPTIONS('k'='v')` hints over the table's own options; a later key wins. */
export function withOptionHints(table: ResolvedTable, hints: readonly Hint[]): ResolvedTable {
  checkHints(hints);
  const entries = hints
    .filter((hint) => hint.name.name.toUpperCase() === 'OPTIONS')
    .flatMap((hint) =>
      hint.options.map(({ key, value }) => [key.kind === 'string' ? key.value : key.name, value.value]),
    );
  if (entries.length === 0) return table;
  return { ...table, options: { ...table.options, ...(Object.fromEntries(entries) as Record<string, string>) } };
}
