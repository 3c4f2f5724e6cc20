/** How Top-N runs: what it has to remember follows from how its input changes. As Flink's RankProcessStrategy. */
import { isAppend, changesOf } from './changelog.ts';
import type { Mode } from './changelog.ts';
import type { Rank } from './logical.ts';
import { monotonicity } from './monotonicity.ts';
import { upsertKeys } from './upsert-keys.ts';

export type RankStrategy =
  /** The input only grows. */
  | { readonly kind: 'append' }
  /** Rows of `key` are updated, and only for the better. */
  | { readonly kind: 'update'; readonly key: readonly number[] }
  /** Rows are taken back. */
  | { readonly kind: 'retract' };

export function rankStrategy(plan: Pick<Rank, 'input' | 'partition' | 'order'>, mode: Mode): RankStrategy {
  const changes = changesOf(plan.input, mode);
  if (isAppend(changes)) return { kind: 'append' };
  const covers = (key: readonly number[]): boolean => plan.partition.every((column) => key.includes(column));
  const [key, ...others] = upsertKeys(plan.input);
  if (key === undefined || ![key, ...others].some(covers) || changes.deletes) return { kind: 'retract' };
  const moves = monotonicity(plan.input, mode);
  const improves = plan.order.every(({ column, descending }) => {
    const move = moves?.[column];
    return move === 'constant' || move === (descending ? 'increasing' : 'decreasing');
  });
  return improves && plan.order.length > 0
    ? { kind: 'update', key: [key, ...others].find(covers)! }
    : { kind: 'retract' };
}
