import type { LogicalPlan } from '../plan/logical.ts';

/** A rewrite that keeps what a plan means. Pure; gives the same object when it has nothing to change. Its name is shown by EXPLAIN. */
export interface Rule {
  readonly name: string;
  apply(plan: LogicalPlan): LogicalPlan;
}
