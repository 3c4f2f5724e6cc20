/**
 * Which watermarks matter. Windows act only when the watermark passes one of their ends: between two ends of their grids watermarks can be left
 * out without changing any result, and batches stay large.
 */
import { readWatermark } from '../expr/expr-key.ts';
import type { PhysicalPlan, WatermarkNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { WatermarkGrid } from '../ops/watermark.ts';

/** The grids of everything above `node` that looks at watermarks; undefined: every watermark counts. */
export function gridsAbove(node: WatermarkNode, roots: readonly PhysicalPlan[]): WatermarkGrid[] | undefined {
  const readers = new Set<PhysicalPlan>();
  const seen = new Map<PhysicalPlan, boolean>();
  const visit = (plan: PhysicalPlan): boolean => {
    const known = seen.get(plan);
    if (known !== undefined) return known;
    const inputs = inputsOf(plan).map(visit);
    const above = plan === node || inputs.includes(true);
    seen.set(plan, above);
    if (above && plan !== node) readers.add(plan);
    return above;
  };
  roots.forEach(visit);
  const grids = [...readers].map(gridOf);
  if (grids.includes('all') || grids.every((grid) => grid === 'none')) return undefined;
  return grids.filter((grid) => typeof grid === 'object');
}

function gridOf(plan: PhysicalPlan): WatermarkGrid | 'none' | 'all' {
  switch (plan.kind) {
    case 'window-aggregate':
    case 'window-join': {
      const { window } = plan;
      // Windows on a wall clock with daylight saving have no regular grid; sessions end anywhere.
      if (plan.localTime || window.kind === 'session') return 'all';
      const step =
        window.kind === 'tumble' ? window.size : window.kind === 'hop' ? gcd(window.slide, window.size) : window.step;
      return { step, offset: window.offset };
    }
    case 'calc':
      return readWatermark([plan.filter, ...plan.exprs]) ? 'all' : 'none';
    case 'window-table':
      return plan.window.kind === 'session' ? 'all' : 'none';
    // Conflicts are decided at each watermark, partitions are complete at any.
    case 'sink': {
      const { materialize, table } = plan;
      if (table.options['sink.partition-commit.trigger']?.toLowerCase() === 'partition-time') return 'all';
      return materialize === undefined || materialize.conflict === 'deduplicate' ? 'none' : 'all';
    }
    case 'over':
      return plan.strategy === 'rowtime' ? 'all' : 'none';
    case 'deduplicate':
      return plan.time === 'rowtime' && plan.keep === 'first' ? 'all' : 'none';
    case 'window-rank':
      return 'all';
    case 'sort':
      return plan.strategy === 'by-time' ? 'all' : 'none';
    case 'temporal-join':
    case 'snapshot-join':
      return 'all';
    case 'interval-join':
      return plan.attribute === 'rowtime' ? 'all' : 'none';
    default:
      return 'none';
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
