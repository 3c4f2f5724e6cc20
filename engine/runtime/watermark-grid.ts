/**
 * Which watermarks matter. Windows act only when the watermark passes one of their ends: between two ends of the grid that all of them share,
 * watermarks can be left out without changing any result, and batches stay large.
 */
import type { PhysicalPlan, WatermarkNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { Ms } from '../types/value.ts';

export interface Grid {
  readonly step: Ms;
  readonly offset: Ms;
}

/** The grid of everything above `node` that looks at watermarks; undefined: every watermark counts. */
export function gridAbove(node: WatermarkNode, roots: readonly PhysicalPlan[]): Grid | undefined {
  const grids: (Grid | undefined)[] = [];
  const visit = (plan: PhysicalPlan): boolean => {
    const above = plan === (node as PhysicalPlan) || inputsOf(plan).map(visit).includes(true);
    if (above && plan !== node) {
      const grid = gridOf(plan);
      if (grid !== 'indifferent') grids.push(grid);
    }
    return above;
  };
  roots.forEach(visit);
  const [first, ...rest] = grids;
  if (first === undefined) return undefined;
  return rest.reduce<Grid | undefined>(
    (a, b) => (a === undefined || b === undefined ? undefined : common(a, b)),
    first,
  );
}

function gridOf(plan: PhysicalPlan): Grid | undefined | 'indifferent' {
  switch (plan.kind) {
    case 'window-aggregate': {
      // Windows on a wall clock with daylight saving have no regular grid; windows over windows fire at their input's watermarks.
      if (plan.localTime) return undefined;
      const { window } = plan;
      if (window.kind === 'session') return undefined;
      const step =
        window.kind === 'tumble' ? window.size : window.kind === 'hop' ? gcd(window.slide, window.size) : window.step;
      return { step, offset: ((window.offset % step) + step) % step };
    }
    case 'sort':
      return plan.strategy === 'by-time' ? undefined : 'indifferent';
    case 'window-join':
      // Its inputs are windowed: what fires them is enough.
      return 'indifferent';
    default:
      return 'indifferent';
  }
}

function common(a: Grid, b: Grid): Grid {
  const step = gcd(gcd(a.step, b.step), Math.abs(a.offset - b.offset) || a.step);
  return { step, offset: a.offset % step };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
