import type { AnyMagic } from '../kernel/magic.ts';
import { flinksql } from './flinksql.ts';
import { job, jobs } from './jobs.ts';
import { python } from './python.ts';
import { sql } from './sql.ts';
import { describe, tables } from './tables.ts';

/** The magics that the kernel offers besides its own (kernel/builtins). */
export const magics: readonly AnyMagic[] = [flinksql, sql, job, jobs, tables, describe, python];
