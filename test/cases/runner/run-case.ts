/** Runs one case of any kind. */
import { unreachable } from '../../../engine/assert.ts';
import { registerConnector } from '../../../engine/connectors/registry.ts';
import { CaseFailure, type Case, type CaseTable } from './case.ts';
import { shortError } from './case-session.ts';
import { runExpr, runExprString } from './expr-case.ts';
import { runProgram } from './program-case.ts';
import { runQuery } from './query-case.ts';
import { runScript } from './script-case.ts';
import { values } from './values-connector.ts';

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Left out, and why. */
  | { readonly kind: 'skipped'; readonly reason: string };

/** What the runner provides itself of the things that cases require. */
const provided: ReadonlySet<string> = new Set(['udf:concat_distinct_agg']);

/** Makes the connector `values` known; returns what takes it away. */
export const prepare = (): (() => void) => registerConnector(values);

/** Never rejects: a case that throws has failed. `shared`: tables that cases may name without declaring them. */
export async function runCase(found: Case, shared: Readonly<Record<string, CaseTable>> = {}): Promise<Outcome> {
  if (found.requires?.some((need) => !provided.has(need))) return { kind: 'skipped', reason: 'needs Java' };
  if (found.kind === 'program' && found.runs.length === 0) return { kind: 'skipped', reason: 'Flink never runs it' };
  try {
    await run(found, shared);
    return { kind: 'passed' };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof CaseFailure ? error.message : shortError(error) };
  }
}

function run(found: Case, shared: Readonly<Record<string, CaseTable>>): Promise<void> {
  switch (found.kind) {
    case 'program':
      return runProgram(found);
    case 'expr':
      return runExpr(found);
    case 'expr_string':
      return runExprString(found);
    case 'agg':
    case 'itcase':
      return runQuery(found, shared);
    case 'q':
      return runScript(found);
    default:
      return unreachable(found);
  }
}
