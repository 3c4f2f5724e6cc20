import { columnsOf, remapColumns } from '../plan/expr-walk.ts';
import type { LogicalPlan, Match } from '../plan/logical.ts';
import type { MatchSlot } from '../plan/match.ts';
import { cheapestColumn } from './cheapest-column.ts';
import type { Layout } from './layout.ts';
import { Needs } from './needs.ts';

/**
 * Measures that nobody reads are not computed, and rows are kept with the columns that the others and the conditions read.
 * `olds`: what the columns of the new plan were.
 */
export function pruneMatch(
  node: Match,
  needs: Needs,
  prune: (node: LogicalPlan, needs: Needs) => { readonly plan: LogicalPlan; readonly layout: Layout },
): { readonly plan: Match; readonly olds: readonly number[] } {
  const width = node.partition.length;
  const kept = [...node.measures.keys()].filter((i) => needs.has(width + i));
  const olds = [...node.partition.keys(), ...kept.map((i) => width + i)];
  // Rows without columns cannot be counted.
  if (olds.length === 0) return pruneMatch(node, new Needs().add(cheapestColumn(node.schema)), prune);
  const read = new Set(kept.flatMap((i) => [...columnsOf(node.measures[i]!)]));
  const used = [...node.slots.keys()].filter((i) => read.has(i));
  const below = new Needs().addAll(node.partition).addAll(node.keys.map(({ column }) => column));
  for (const i of used) addSlot(node.slots[i]!, below);
  for (const variable of node.variables) {
    if (variable.own !== undefined) below.addExpr(variable.own);
    for (const slot of variable.slots) addSlot(slot, below);
  }
  const { plan: input, layout } = prune(node.input, below);
  const at = (column: number): number => layout.at(column);
  const plan: Match = {
    ...node,
    input,
    partition: node.partition.map(at),
    keys: node.keys.map((key) => ({ ...key, column: at(key.column) })),
    variables: node.variables.map((variable) => ({
      ...variable,
      own: variable.own && layout.rewrite(variable.own),
      slots: variable.slots.map((slot) => moved(slot, at)),
    })),
    measures: kept.map((i) => remapColumns(node.measures[i]!, (index) => used.indexOf(index))),
    slots: used.map((i) => moved(node.slots[i]!, at)),
    schema: olds.map((i) => node.schema[i]!),
  };
  return { plan, olds };
}

function addSlot(slot: MatchSlot, needs: Needs): void {
  if (slot.kind === 'row') needs.add(slot.column);
  if (slot.kind !== 'aggregate') return;
  needs.addAll(slot.call.args);
  if (slot.call.filter !== undefined) needs.add(slot.call.filter);
}

function moved(slot: MatchSlot, at: (column: number) => number): MatchSlot {
  if (slot.kind === 'row') return { ...slot, column: at(slot.column) };
  if (slot.kind === 'rowtime') return slot;
  const { call } = slot;
  return { ...slot, call: { ...call, args: call.args.map(at), filter: call.filter && at(call.filter) } };
}
