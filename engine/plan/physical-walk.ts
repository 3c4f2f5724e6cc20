import { unreachable } from '../assert.ts';
import type { PhysicalPlan } from './physical.ts';

/** The nodes that a node reads, in port order. */
export function inputsOf(node: PhysicalPlan): readonly PhysicalPlan[] {
  switch (node.kind) {
    case 'source':
    case 'values':
      return [];
    case 'join':
    case 'window-join':
    case 'interval-join':
    case 'snapshot-join':
    case 'temporal-join':
      return [node.left, node.right];
    case 'union':
      return node.inputs;
    case 'changelog-normalize':
    case 'drop-update-before':
    case 'calc':
    case 'lookup-join':
    case 'watermark':
    case 'window-table':
    case 'correlate':
    case 'user-calls':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'group-aggregate':
    case 'window-aggregate':
    case 'sort':
    case 'over':
    case 'rank':
    case 'deduplicate':
    case 'window-rank':
    case 'sink':
    case 'collect':
      return [node.input];
    default:
      return unreachable(node);
  }
}

/** The node over other inputs; the same node when they are the same. */
export function withInputs(node: PhysicalPlan, inputs: readonly PhysicalPlan[]): PhysicalPlan {
  const current = inputsOf(node);
  if (current.length === inputs.length && current.every((input, i) => input === inputs[i])) return node;
  switch (node.kind) {
    case 'source':
    case 'values':
      return node;
    case 'join':
    case 'window-join':
    case 'interval-join':
    case 'snapshot-join':
    case 'temporal-join':
      return { ...node, left: inputs[0]!, right: inputs[1]! };
    case 'union':
      return { ...node, inputs };
    case 'changelog-normalize':
    case 'drop-update-before':
    case 'calc':
    case 'lookup-join':
    case 'watermark':
    case 'window-table':
    case 'correlate':
    case 'user-calls':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'group-aggregate':
    case 'window-aggregate':
    case 'sort':
    case 'over':
    case 'rank':
    case 'deduplicate':
    case 'window-rank':
    case 'sink':
    case 'collect':
      return { ...node, input: inputs[0]! };
    default:
      return unreachable(node);
  }
}
