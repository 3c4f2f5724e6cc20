/**
 * Sharing of equal work: equal sub-plans run once, and all scans of one table become one source that decodes the union of their paths.
 * A view that is used twice, or a stream that is joined with an aggregate of itself, reads and decodes its input once.
 */
import type { CalcNode, PhysicalPlan, SourceNode } from '../plan/physical.ts';
import { inputsOf, withInputs } from '../plan/physical-walk.ts';

/** The same plans with shared nodes shared by identity. Not to be used where a source must be read twice (never: sources are replayable). */
export function sharePlans(roots: readonly PhysicalPlan[]): PhysicalPlan[] {
  const sources = mergeSources(roots);
  const byKey = new Map<string, PhysicalPlan>();
  const done = new Map<PhysicalPlan, PhysicalPlan>();
  const share = (node: PhysicalPlan): PhysicalPlan => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const replaced = node.kind === 'source' ? sources(node) : withInputs(node, inputsOf(node).map(share));
    const key = keyOf(replaced);
    const shared = byKey.get(key) ?? replaced;
    byKey.set(key, shared);
    done.set(node, shared);
    return shared;
  };
  // Two INSERTs of the same query into the same table are two sinks.
  return roots.map((root) => withInputs(root, inputsOf(root).map(share)));
}

/** A text that is equal for equal nodes over the same (already shared) inputs; the id does not count. */
function keyOf(node: PhysicalPlan): string {
  const inputs = inputsOf(node).map((input) => identity(input));
  const { id: _, ...rest } = withInputs(node, []) as PhysicalPlan;
  return JSON.stringify([inputs, rest], (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value,
  );
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;
function identity(node: object): number {
  let id = identities.get(node);
  if (id === undefined) identities.set(node, (id = nextIdentity++));
  return id;
}

/** For each source node the node that reads it from the shared source: the source itself, or a pass-through of its columns. */
function mergeSources(roots: readonly PhysicalPlan[]): (node: SourceNode) => PhysicalPlan {
  const groups = new Map<string, SourceNode[]>();
  const seen = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan): void => {
    if (seen.has(node)) return;
    seen.add(node);
    inputsOf(node).forEach(visit);
    if (node.kind !== 'source') return;
    const key = tableKey(node);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  };
  roots.forEach(visit);
  const merged = new Map([...groups].map(([key, nodes]) => [key, mergeGroup(nodes)]));
  return (node) => select(node, merged.get(tableKey(node))!);
}

function tableKey(node: SourceNode): string {
  const { path, options } = node.table;
  return JSON.stringify([path, options, node.table.bound === undefined ? 0 : identity(node.table.bound as object)]);
}

function mergeGroup(nodes: readonly SourceNode[]): SourceNode {
  const [first] = nodes as [SourceNode];
  const columns = new Map(
    nodes.flatMap((node) => node.paths.map((path, i) => [path.join('\0'), { path, schema: node.schema[i]! }])),
  );
  if (nodes.length === 1) return first;
  const entries = [...columns.values()];
  return { ...first, paths: entries.map((entry) => entry.path), schema: entries.map((entry) => entry.schema) };
}

function select(node: SourceNode, source: SourceNode): PhysicalPlan {
  const index = new Map(source.paths.map((path, i) => [path.join('\0'), i]));
  const columns = node.paths.map((path) => index.get(path.join('\0'))!);
  if (columns.length === source.paths.length && columns.every((column, i) => column === i)) return source;
  const calc: CalcNode = {
    kind: 'calc',
    id: node.id,
    mode: node.mode,
    schema: node.schema,
    input: source,
    filter: undefined,
    exprs: columns.map((column, i) => ({
      kind: 'column',
      type: node.schema[i]!.type,
      index: column,
      name: node.schema[i]!.name,
    })),
  };
  return calc;
}
