import type { LogicalPlan } from '../plan/logical.ts';
import { union, values } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/** What can give no row is not run: LIMIT 0, and everything above literal rows of which there are none. */
export const empty: Rule = {
  name: 'empty',
  apply: (plan) =>
    rewritePlan(plan, (node) => (givesNothing(node) ? values(node.schema, [], node.span) : withoutEmpty(node))),
};

const isEmpty = (plan: LogicalPlan): boolean => plan.kind === 'values' && plan.rows.length === 0;

function givesNothing(node: LogicalPlan): boolean {
  switch (node.kind) {
    case 'sort':
      return node.limit === 0 || isEmpty(node.input);
    case 'project':
    case 'filter':
    case 'watermark':
    case 'window-table':
    case 'correlate':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'window-aggregate':
    case 'over':
    case 'rank':
      return isEmpty(node.input);
    case 'aggregate':
      // Without keys it may give a row of nothing.
      return node.keys.length > 0 && isEmpty(node.input);
    case 'join':
      return node.type === 'inner' && (isEmpty(node.left) || isEmpty(node.right));
    case 'union':
      return node.inputs.every(isEmpty);
    case 'scan':
    case 'values':
    case 'sink':
      return false;
  }
}

function withoutEmpty(node: LogicalPlan): LogicalPlan {
  if (node.kind !== 'union' || !node.inputs.some(isEmpty)) return node;
  const rest = union(
    node.inputs.filter((input) => !isEmpty(input)),
    node.span,
  );
  if (rest.kind === 'union') return { ...rest, schema: node.schema };
  // One input is left: it keeps the names and types of the union where they are its own.
  const isSame = rest.schema.every(
    (column, i) => column.name === node.schema[i]!.name && column.type.nullable === node.schema[i]!.type.nullable,
  );
  return isSame ? rest : node;
}
