/** Runs scripts in a session of this thread and shows what came as text: for tests that look at results, not at the way to them. */
import { rowAt } from '../../engine/data/batch-rows.ts';
import { rowKey } from '../../engine/data/key.ts';
import { isAddition, rowKindText, type RowKind } from '../../engine/data/row-kind.ts';
import { Session } from '../../engine/session.ts';
import type { Schema } from '../../engine/types/schema.ts';
import { cellText } from '../../engine/view/cell-text.ts';

export interface RunOptions {
  readonly mode?: 'streaming' | 'batch' | undefined;
  readonly config?: Readonly<Record<string, string>> | undefined;
  readonly baseDirectory?: string | undefined;
  /** Called with the session before the script runs: binds tables. */
  readonly prepare?: ((session: Session) => void) | undefined;
}

export interface RunResult {
  /** `+I [a, 1]`, in order. */
  readonly changes: readonly string[];
  /** The rows that are left, sorted: `[a, 1]`. */
  readonly table: readonly string[];
  /** What `print` wrote, line by line. */
  readonly printed: readonly string[];
  readonly schema: Schema | undefined;
}

/** Runs a script to its end; the changes are those of its last query. Rejects with what made a statement or its job fail. */
export async function runSql(script: string, options: RunOptions = {}): Promise<RunResult> {
  const printed: string[] = [];
  const session = new Session({
    placement: 'local',
    baseDirectory: options.baseDirectory,
    print: (text) => printed.push(...text.split('\n').slice(0, -1)),
    config: {
      'table.local-time-zone': 'UTC',
      'pipeline.auto-watermark-interval': '0 ms',
      'execution.runtime-mode': options.mode ?? 'streaming',
      ...options.config,
    },
  });
  options.prepare?.(session);
  const changes: string[] = [];
  const left = new Map<string, { readonly text: string; count: number }>();
  let schema: Schema | undefined;
  try {
    const results = await session.sql(script, { collect: 'changes' });
    for (const result of results) {
      if (result.kind === 'jobs') await Promise.all(result.jobs.map((job) => job.wait()));
      if (result.kind !== 'query') continue;
      changes.length = 0;
      left.clear();
      schema = result.job.schema!;
      for await (const batch of result.job.changes()) {
        for (let i = 0; i < batch.length; i++) {
          const row = rowAt(batch, i);
          const kind = (batch.kinds?.[i] ?? 0) as RowKind;
          const text = `[${row.map((value, j) => cellText(value, schema![j]!.type, 'UTC') ?? 'NULL').join(', ')}]`;
          changes.push(`${rowKindText[kind]} ${text}`);
          const key = rowKey(row);
          const entry = left.get(key) ?? { text, count: 0 };
          entry.count += isAddition(kind) ? 1 : -1;
          if (entry.count === 0) left.delete(key);
          else left.set(key, entry);
        }
      }
    }
  } finally {
    await session.close();
  }
  const table = [...left.values()].flatMap(({ text, count }) =>
    count > 0 ? Array.from({ length: count }, () => text) : [`${count} × ${text}`],
  );
  return { changes, table: table.toSorted(), printed, schema };
}
