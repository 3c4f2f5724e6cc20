/**
 * How the columns of a changelog move when a row of an upsert key is updated: what lets a Top-N over updates keep its first rows alone.
 * As Flink's FlinkRelMdModifiedMonotonicity, for what runs here.
 */
import { unreachable } from '../assert.ts';
import { isAppend, changesOf } from './changelog.ts';
import type { Mode } from './changelog.ts';
import type { Aggregate, LogicalPlan, Rank } from './logical.ts';
import { isNotNegative } from './value-range.ts';

export type Monotonicity = 'constant' | 'increasing' | 'decreasing' | undefined;

/** By column; undefined for one that may move either way. The whole is undefined where nothing is known. */
export function monotonicity(plan: LogicalPlan, mode: Mode): readonly Monotonicity[] | undefined {
  if (isAppend(changesOf(plan, mode))) return plan.schema.map(() => 'constant');
  switch (plan.kind) {
    case 'watermark':
    case 'filter':
    case 'sort':
      return monotonicity(plan.input, mode);
    case 'project': {
      const input = monotonicity(plan.input, mode);
      return (
        input &&
        plan.exprs.map((expr) =>
          expr.kind === 'column' ? input[expr.index] : expr.kind === 'literal' ? 'constant' : undefined,
        )
      );
    }
    case 'aggregate':
      return ofAggregate(plan, mode);
    case 'rank':
      return ofRank(plan, mode);
    case 'scan':
    case 'values':
    case 'window-table':
    case 'window-aggregate':
    case 'join':
    case 'union':
    case 'correlate':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'over':
    case 'sink':
      return undefined;
    default:
      return unreachable(plan);
  }
}

function ofAggregate(plan: Aggregate, mode: Mode): readonly Monotonicity[] | undefined {
  const input = monotonicity(plan.input, mode);
  if (input === undefined || plan.keys.some((key) => input[key] !== 'constant')) return undefined;
  const isStill = isAppend(changesOf(plan.input, mode));
  return [
    ...plan.keys.map((): Monotonicity => 'constant'),
    ...plan.calls.map(({ fn, args }): Monotonicity => {
      if (!isStill) return undefined;
      switch (fn) {
        case 'COUNT':
        case 'MAX':
          return 'increasing';
        case 'MIN':
          return 'decreasing';
        case 'SUM':
          return isNotNegative(plan.input, args[0]!) ? 'increasing' : undefined;
        default:
          return undefined;
      }
    }),
  ];
}

/** The last of the first rows only gets better. */
function ofRank(plan: Rank, mode: Mode): readonly Monotonicity[] | undefined {
  const input = monotonicity(plan.input, mode);
  if (input === undefined || plan.partition.some((key) => input[key] !== 'constant')) return undefined;
  const [first] = plan.order;
  return plan.schema.map((_, i): Monotonicity => {
    if (plan.partition.includes(i) || (plan.output && i === plan.schema.length - 1)) return 'constant';
    if (first === undefined || i !== first.column) return undefined;
    const below = input[i];
    if (first.descending) return below === 'increasing' || below === 'constant' ? 'increasing' : undefined;
    return below === 'decreasing' || below === 'constant' ? 'decreasing' : undefined;
  });
}
