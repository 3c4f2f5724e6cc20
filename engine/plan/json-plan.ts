/** JSON_EXECUTION_PLAN: the operators of a job and what they read, in the form of Flink's stream graph. */
import { physicalText } from './explain-node.ts';
import type { PhysicalPlan } from './physical.ts';
import { inputsOf } from './physical-walk.ts';

interface JsonNode {
  readonly id: number;
  readonly type: string;
  readonly pact: 'Data Source' | 'Operator' | 'Data Sink';
  readonly contents: string;
  readonly parallelism: number;
  readonly predecessors?: readonly { readonly id: number; readonly ship_strategy: string; readonly side: 'second' }[];
}

/** Inputs come before their readers; an input that is read twice stands once. */
export function jsonPlan(roots: readonly PhysicalPlan[]): string {
  const ids = new Map<PhysicalPlan, number>();
  const nodes: JsonNode[] = [];
  const visit = (node: PhysicalPlan): void => {
    if (ids.has(node)) return;
    const inputs = inputsOf(node);
    inputs.forEach(visit);
    if (node.kind === 'collect') return;
    const id = nodes.length + 1;
    ids.set(node, id);
    const text = physicalText(node);
    const name = text.slice(0, text.indexOf('('));
    const predecessors = inputs.map((input) => ({
      id: ids.get(input)!,
      ship_strategy: isKeyed(node) ? 'HASH' : 'FORWARD',
      side: 'second' as const,
    }));
    nodes.push({
      id,
      type: inputs.length === 0 ? `Source: ${sourceName(node)}[${id}]` : `${name}[${id}]`,
      pact: inputs.length === 0 ? 'Data Source' : node.kind === 'sink' ? 'Data Sink' : 'Operator',
      contents: `[${id}]:${text}`,
      parallelism: 1,
      ...(predecessors.length === 0 ? {} : { predecessors }),
    });
  };
  roots.forEach(visit);
  return jsonText({ nodes }, '');
}

/** As Jackson prints: items of a list on the line of its bracket, fields on lines of their own. */
function jsonText(value: unknown, indent: string): string {
  if (Array.isArray(value)) return `[ ${value.map((item) => jsonText(item, indent)).join(', ')} ]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([key, field]) => `${indent}  ${JSON.stringify(key)} : ${jsonText(field, `${indent}  `)}`,
  );
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

const sourceName = (node: PhysicalPlan): string => (node.kind === 'source' ? node.table.path.name : 'Values');

/** Whether rows go to where the state of their key is. */
function isKeyed(node: PhysicalPlan): boolean {
  return ('keys' in node && node.kind !== 'sort') || 'leftKeys' in node;
}
