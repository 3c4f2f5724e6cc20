/** `late_rows('job')` in FROM: the rows that the operators of a job have dropped because they came too late, as they are now. */
import { MillraceError } from '../errors.ts';
import type { TableFunctionRef } from '../sql/ast-query.ts';
import type { Schema } from '../types/schema.ts';
import { BIGINT, notNull, STRING } from '../types/type.ts';
import type { BindEnv } from './bind-context.ts';
import type { LogicalPlan } from './logical.ts';
import { values } from './nodes.ts';

/** `dropped` is the number of all late rows of the operator, of which the last 1,000 are here; `row` a JSON object. */
const SCHEMA: Schema = [
  { name: 'operator', type: notNull(STRING) },
  { name: 'dropped', type: notNull(BIGINT) },
  { name: 'row', type: notNull(STRING) },
];

export const isLateRows = ({ call }: TableFunctionRef): boolean =>
  call.name.parts.length === 1 && call.name.parts[0]!.name.toUpperCase() === 'LATE_ROWS';

/** The name of the job that a call asks for; undefined when it is no constant. */
export function lateRowsJob({ call }: TableFunctionRef): string | undefined {
  const [arg, ...more] = call.arguments;
  return arg?.kind === 'string' && more.length === 0 ? arg.value : undefined;
}

export function bindLateRows(ref: TableFunctionRef, env: BindEnv): LogicalPlan {
  const job = lateRowsJob(ref);
  const reports = job === undefined ? undefined : env.options.lateRows?.get(job);
  if (reports === undefined) {
    throw new MillraceError('SQL_INVALID', "late_rows takes the name of a job: late_rows('query-1')", {
      span: ref.call.span,
      hint: 'SHOW JOBS lists them',
    });
  }
  const rows = reports.flatMap(({ operator, dropped, rows: late }) =>
    late.map((row) => [operator, BigInt(dropped), row]),
  );
  return values(SCHEMA, rows, ref.span);
}

/** The jobs that a statement asks for late rows of, by name. */
export function lateRowsJobs(statement: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const ref = node as TableFunctionRef;
    if (ref.kind === 'tableFunction' && isLateRows(ref)) {
      const job = lateRowsJob(ref);
      if (job !== undefined) found.add(job);
    }
    Object.values(node).forEach(visit);
  };
  visit(statement);
  return [...found];
}
