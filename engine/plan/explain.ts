/** EXPLAIN: the query as it was understood, the plan after the rules, and what runs. Sections as Flink's, node names as Flink's where they are the same. */
import type { ExplainDetail } from '../sql/ast.ts';
import { logicalText, physicalText } from './explain-node.ts';
import type { LogicalPlan } from './logical.ts';
import type { PhysicalPlan } from './physical.ts';
import { inputsOf } from './physical-walk.ts';
import { children } from './walk.ts';

export interface Explained {
  /** As bound, one for each statement. */
  readonly logical: readonly LogicalPlan[];
  readonly optimized: readonly LogicalPlan[];
  readonly physical: readonly PhysicalPlan[];
  /** Names of the rules that took part. */
  readonly applied: readonly string[];
  readonly details: readonly ExplainDetail[];
  readonly mode: 'streaming' | 'batch';
  /** Which engine runs it, and why: `embedded`, `duckdb`. */
  readonly backend?: { readonly name: string; readonly reason: string } | undefined;
}

export function explainPlans(explained: Explained): string {
  const { logical, optimized, physical, applied, details, backend } = explained;
  const withModes = details.includes('CHANGELOG_MODE');
  const modes = (node: PhysicalPlan): string => {
    const text = physicalText(node);
    return withModes ? `${text.slice(0, -1)}, changelogMode=[${modeText(node)}])` : text;
  };
  const trees = <T>(plans: readonly T[], below: (plan: T) => readonly T[], text: (plan: T) => string): string =>
    plans.map((plan) => tree(plan, below, text).join('\n')).join('\n\n');
  const sections = [
    ['Abstract Syntax Tree', trees(logical, children, logicalText)],
    ['Optimized Logical Plan', trees(optimized, children, logicalText)],
    ['Optimized Physical Plan', trees(physical, inputsOf, modes)],
    ['Optimized Execution Plan', trees(physical, inputsOf, physicalText)],
    ['Applied Rules', applied.length === 0 ? 'none' : applied.join(', ')],
    ...(backend === undefined ? [] : [['Back End', `${backend.name}: ${backend.reason}`]]),
  ] as const;
  return sections.map(([title, body]) => `== ${title} ==\n${body}\n`).join('\n');
}

/** Flink's letters: I, UB, UA, D. */
function modeText(node: PhysicalPlan): string {
  return { append: 'I', upsert: 'I,UA,D', retract: 'I,UB,UA,D' }[node.mode];
}

/** Flink's tree: `+- ` before the last input, `:- ` before the others. A node that was printed before is named, not repeated. */
function tree<T>(plan: T, below: (plan: T) => readonly T[], text: (plan: T) => string): string[] {
  const inputs = below(plan);
  const lines = [text(plan)];
  inputs.forEach((input, i) => {
    const isLast = i === inputs.length - 1;
    tree(input, below, text).forEach((line, n) => {
      const lead = n === 0 ? (isLast ? '+- ' : ':- ') : isLast ? '   ' : ':  ';
      lines.push(lead + line);
    });
  });
  return lines;
}
