/** EXPLAIN: the query as it was understood, the plan after the rules, and what runs. Sections as Flink's, node names as Flink's where they are the same. */
import type { ExplainDetail } from '../sql/ast.ts';
import type { Advice } from './advice.ts';
import { costText } from './cost.ts';
import { logicalText, physicalText } from './explain-node.ts';
import { jsonPlan } from './json-plan.ts';
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
  /** What to know about the running query. */
  readonly advice?: readonly Advice[] | undefined;
  /** Which engine runs it, and why: `embedded`, `duckdb`. */
  readonly backend?: { readonly name: string; readonly reason: string } | undefined;
}

export function explainPlans(explained: Explained): string {
  const { logical, optimized, physical, applied, details, backend } = explained;
  const has = (detail: ExplainDetail): boolean => details.includes(detail);
  const modes = (node: PhysicalPlan): string => {
    const text = physicalText(node);
    const withMode = has('CHANGELOG_MODE') ? `${text.slice(0, -1)}, changelogMode=[${modeText(node)}])` : text;
    return has('ESTIMATED_COST') ? `${withMode}: ${costText(node)}` : withMode;
  };
  const trees = <T>(plans: readonly T[], below: (plan: T) => readonly T[], text: (plan: T) => string): string =>
    plans.map((plan) => tree(plan, below, text).join('\n')).join('\n\n');
  const advice = explained.advice ?? [];
  const physicalTitle = `Optimized Physical Plan${has('PLAN_ADVICE') ? ' With Advice' : ''}`;
  const physicalBody = `${trees(physical, inputsOf, modes)}${has('PLAN_ADVICE') ? `\n\n${planAdvice(advice)}` : ''}`;
  // Flink's sections come first, in its order; what only this engine can tell stands behind them.
  const sections = [
    ['Abstract Syntax Tree', trees(logical, children, logicalText)],
    [physicalTitle, physicalBody],
    ['Optimized Execution Plan', trees(physical, inputsOf, physicalText)],
    ...(has('JSON_EXECUTION_PLAN') ? [['Physical Execution Plan', jsonPlan(physical)] as const] : []),
    ['Optimized Logical Plan', trees(optimized, children, logicalText)],
    ['Applied Rules', applied.length === 0 ? 'none' : applied.join(', ')],
    ...(backend === undefined ? [] : [['Back End', `${backend.name}: ${backend.reason}`]]),
    ...(advice.length === 0 || has('PLAN_ADVICE') ? [] : [['Advice', advice.map(adviceLines).join('\n')] as const]),
  ] as const;
  return sections.map(([title, body]) => `== ${title} ==\n${body}\n`).join('\n');
}

const adviceLines = ({ operator, text, hint }: Advice): string => `${operator}: ${text}\n  HINT: ${hint}`;

/** As Flink numbers them below the plan. */
const planAdvice = (advice: readonly Advice[]): string =>
  advice.length === 0
    ? 'No available advice...'
    : advice
        .map(({ operator, text, hint }, i) => `advice[${i + 1}]: [ADVICE] ${operator}: ${text}; ${hint}.`)
        .join('\n');

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
