/** `%tables` and `%describe`: short for SHOW TABLES and DESCRIBE. */
import { MillraceError, renderError, rowsBundle } from '../engine/index.ts';
import { type MagicContext, defineMagic } from '../kernel/magic.ts';
import { sharedSession } from './shared-session.ts';

const render = (error: unknown): string | undefined =>
  error instanceof MillraceError ? renderError(error) : undefined;

async function showSql(sql: string, ctx: MagicContext): Promise<void> {
  const session = sharedSession();
  for (const result of await session.sql(sql)) {
    if (result.kind !== 'rows') continue;
    ctx.display(undefined, {
      bundle: rowsBundle(result.columns, result.rows, { timeZone: session.timeZone, limit: 1000 }),
    });
  }
}

export const tables = defineMagic({
  name: 'tables',
  kind: 'line',
  summary: 'tables and views of the current database',
  renderError: render,
  run: (_call, ctx) => showSql('SHOW TABLES', ctx),
});

export const describe = defineMagic({
  name: 'describe',
  kind: 'line',
  summary: 'columns of a table: DESCRIBE',
  arguments: [{ name: 'table', help: 'the table', required: true, rest: true }],
  renderError: render,
  run: (call, ctx) => showSql(`DESCRIBE ${call.arguments['table']!}`, ctx),
});
