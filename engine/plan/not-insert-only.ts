/** Refusals of updates by operators that take only +I. */
import { MillraceError } from '../errors.ts';
import { physicalText } from './explain-node.ts';
import type { LogicalPlan } from './logical.ts';
import type { PhysicalPlan } from './physical.ts';

/** Flink's refusal of updates. */
export function notInsertOnly(operator: string, input: PhysicalPlan, plan: LogicalPlan): MillraceError {
  return new MillraceError(
    'PLAN_CHANGELOG',
    `${operator} doesn't support consuming update changes which is produced by node ${physicalText(updater(input))}`,
    { span: plan.span, hint: 'its input must only grow: use a window aggregate instead of GROUP BY below it' },
  );
}

/** The node that the updates come from: calcs and unions only pass them on. */
export function updater(node: PhysicalPlan): PhysicalPlan {
  if (node.kind === 'calc' || node.kind === 'watermark' || node.kind === 'window-table') return updater(node.input);
  return node.kind === 'union' ? updater(node.inputs.find((input) => input.mode !== 'append')!) : node;
}
