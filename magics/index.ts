import { Streams } from '../engine/index.ts';
import type { AnyMagic, RuntimeContext } from '../kernel/magic.ts';
import { flinksql } from './flinksql.ts';
import { job, jobs } from './jobs.ts';
import { python } from './python.ts';
import { startSession } from './shared-session.ts';
import { sql } from './sql.ts';
import { describe, tables } from './tables.ts';

/** The magics that the kernel offers besides its own (kernel/builtins). */
export const magics: readonly AnyMagic[] = [flinksql, sql, job, jobs, tables, describe, python];

/** What cells have without an import: `millrace`, the fluent API over the notebook's session. */
export function start(context: RuntimeContext): void {
  const session = startSession(context);
  context.provide('millrace', () => new Streams(session), "import('millrace').Streams");
}
