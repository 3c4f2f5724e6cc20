/** Savepoints as a session's options and statements name them. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from './errors.ts';
import type { RestoreSpec } from './runtime/savepoint.ts';
import type { Session, StatementResult } from './session.ts';
import type { SessionOptions } from './session-options.ts';
import type { StopJob } from './sql/ast.ts';
import { findSavepoint } from './state/savepoint-files.ts';
import { notNull, STRING } from './types/type.ts';

/** Flink has renamed both options; old names hold where the new one is not set. */
const PATH_OPTIONS = ['execution.state-recovery.path', 'execution.savepoint.path'];
const IGNORE_OPTIONS = [
  'execution.state-recovery.ignore-unclaimed-state',
  'execution.savepoint.ignore-unclaimed-state',
];
const DIRECTORY_OPTIONS = ['execution.checkpointing.savepoint-dir', 'state.savepoints.dir'];

const first = (settings: SessionOptions, names: readonly string[]): string | undefined =>
  names.map((name) => settings.get(name)).find((value) => value !== undefined && value !== '');

/** The savepoint that the next job goes on from; undefined: it begins anew. In batch mode there is none. */
export function restoreSpec(settings: SessionOptions, baseDirectory: string): RestoreSpec | undefined {
  const path = first(settings, PATH_OPTIONS);
  if (path === undefined || settings.mode === 'batch') return undefined;
  const ignoreUnclaimed = first(settings, IGNORE_OPTIONS)?.toLowerCase() === 'true';
  return { path: findSavepoint(path, baseDirectory), ignoreUnclaimed };
}

/** Where savepoints go. @throws OPTION_VALUE in Flink's words when the session does not say */
export function savepointDirectory(settings: SessionOptions, baseDirectory: string): string {
  const directory = first(settings, DIRECTORY_OPTIONS);
  if (directory === undefined) {
    throw new MillraceError(
      'OPTION_VALUE',
      "No savepoint directory configured. You can either specify a directory while cancelling via -s :targetDirectory or configure a cluster-wide default via key 'execution.checkpointing.savepoint-dir'.",
      { hint: "SET 'execution.checkpointing.savepoint-dir' = 'savepoints'" },
    );
  }
  return directory.startsWith('file:')
    ? fileURLToPath(directory.replace(/^file:(?!\/\/)/, 'file://'))
    : resolve(baseDirectory, directory);
}

/** `STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]`: with a savepoint its path is the result, as in Flink. */
export async function stopJob(
  statement: StopJob,
  session: Session,
  settings: SessionOptions,
): Promise<StatementResult> {
  const job = session.job(statement.job.value);
  if (!statement.savepoint) {
    await job.cancel();
    return { kind: 'ok' };
  }
  const directory = savepointDirectory(settings, session.baseDirectory);
  const path = await job.stop(directory, { drain: statement.drain });
  return { kind: 'rows', columns: [{ name: 'savepoint path', type: notNull(STRING) }], rows: [[path]] };
}
