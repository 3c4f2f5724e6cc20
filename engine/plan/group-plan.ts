/**
 * A grouping → plan nodes: a projection of keys and arguments, then the aggregate. With several grouping sets every row is multiplied first,
 * once for each set, with the keys that the set leaves out as NULL and the number of the set as one more key.
 */
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { BIGINT, BOOLEAN, INT, notNull, withNullable } from '../types/type.ts';
import type { Grouping, Slot } from './bind-group.ts';
import { columnExpr, exprKey, literalExpr } from './expr-walk.ts';
import type { LogicalPlan, WindowProperty } from './logical.ts';
import { aggregate, project, union, windowAggregate } from './nodes.ts';
import type { NamedExpr } from './nodes.ts';

/** Output: all keys (NULL where a set leaves them out), then one column a slot. */
export function aggregatePlan(grouping: Grouping, input: LogicalPlan, span: Span): LogicalPlan {
  const prepared = prepare(grouping, input);
  const ready = grouping.sets.length === 1 ? oneSet(grouping, prepared) : multiplied(grouping, prepared, span);
  const grouped = groupedPlan(grouping, prepared, ready, span);
  return project(grouped.plan, outputs(grouping, ready, grouped), span);
}

interface Prepared {
  readonly plan: LogicalPlan;
  readonly keyColumns: readonly number[];
  readonly timeColumn: number;
  readonly calls: readonly AggregateCall[];
}

/** Computes keys, arguments and filters once each. */
function prepare(grouping: Grouping, input: LogicalPlan): Prepared {
  const items: NamedExpr[] = [];
  const positions = new Map<string, number>();
  const columnFor = (expr: Expr, name: string): number => {
    const key = exprKey(expr);
    const known = positions.get(key);
    if (known !== undefined) return known;
    positions.set(key, items.length);
    return items.push({ name: expr.kind === 'column' ? expr.name : name, expr }) - 1;
  };
  const keyColumns = grouping.keys.map((key, i) => columnFor(key, `$key${i}`));
  const { window } = grouping;
  const time = window === undefined ? undefined : columnExpr(window.timeColumn, input.schema[window.timeColumn]!);
  const timeColumn = time === undefined ? -1 : columnFor(time, '$time');
  const calls = grouping.slots.flatMap((slot, i): AggregateCall[] => {
    if (slot.kind !== 'aggregate') return [];
    const { fn, args, distinct, filter, type, options } = slot.aggregate;
    const call = {
      fn,
      args: args.map((arg, n) => columnFor(arg, `$arg${i}_${n}`)),
      distinct,
      filter: filter === undefined ? undefined : columnFor(filter, `$filter${i}`),
      type,
      name: `$agg${i}`,
    };
    return [options === undefined ? call : { ...call, options }];
  });
  // COUNT(*) alone reads no column, and a relation has one at least.
  return { plan: items.length === 0 ? input : project(input, items), keyColumns, timeColumn, calls };
}

/** Rows to aggregate. `keys` are all columns to group by, `set` that of the number of the grouping set. */
interface Ready {
  readonly plan: LogicalPlan;
  readonly keys: readonly number[];
  readonly set: number | undefined;
}

const oneSet = (grouping: Grouping, { plan, keyColumns }: Prepared): Ready => ({
  plan,
  keys: grouping.sets[0]!.map((key) => keyColumns[key]!),
  set: undefined,
});

/** Keys get columns of their own here: an aggregate of a key that a set leaves out still sees its value. */
function multiplied(grouping: Grouping, prepared: Prepared, span: Span): Ready {
  const { schema } = prepared.plan;
  const own = schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
  const branches = grouping.sets.map((set, number) => {
    const keys = prepared.keyColumns.map((column, i): NamedExpr => {
      const { name, type } = schema[column]!;
      const nullable = grouping.sets.some((other) => !other.includes(i)) ? withNullable(type, true) : type;
      const expr = set.includes(i) ? columnExpr(column, schema[column]!) : literalExpr(null, nullable);
      return { name, expr };
    });
    return project(prepared.plan, [...own, ...keys, { name: '$set', expr: literalExpr(number, notNull(INT)) }], span);
  });
  const set = schema.length + grouping.keys.length;
  return { plan: union(branches, span), keys: [...grouping.keys.map((_, i) => schema.length + i), set], set };
}

interface Grouped {
  readonly plan: LogicalPlan;
  readonly properties: readonly WindowProperty[];
}

function groupedPlan({ slots, window }: Grouping, prepared: Prepared, { plan, keys }: Ready, span: Span): Grouped {
  const { calls, timeColumn } = prepared;
  if (window === undefined) return { plan: aggregate(plan, keys, calls, span), properties: [] };
  const properties = [
    ...new Set(slots.flatMap((slot): WindowProperty[] => (slot.kind === 'property' ? [slot.property] : []))),
  ];
  const spec = window.window.kind === 'session' ? { ...window.window, partition: keys } : window.window;
  const { timeType, emit } = window;
  const node = { timeColumn, window: spec, keys, calls, properties, timeType, legacy: true, emit };
  return { plan: windowAggregate(plan, node, span), properties };
}

function outputs(grouping: Grouping, ready: Ready, { plan, properties }: Grouped): NamedExpr[] {
  const width = ready.keys.length;
  const calls = grouping.slots.filter((slot) => slot.kind === 'aggregate');
  const column = (index: number): Expr => columnExpr(index, plan.schema[index]!);
  const slotExpr = (slot: Slot): Expr => {
    switch (slot.kind) {
      case 'aggregate':
        return column(width + calls.indexOf(slot));
      case 'property':
        return column(width + calls.length + properties.indexOf(slot.property));
      case 'grouping':
        return groupingExpr(grouping, slot.keys, ready.set === undefined ? undefined : column(width - 1));
    }
  };
  const keyColumn = (i: number): number => (ready.set === undefined ? grouping.sets[0]!.indexOf(i) : i);
  return [
    ...grouping.keys.map((key, i) => ({
      name: key.kind === 'column' ? key.name : `$key${i}`,
      expr: column(keyColumn(i)),
    })),
    ...grouping.slots.map((slot, i) => ({ name: `$slot${i}`, expr: slotExpr(slot) })),
  ];
}

/** GROUPING(a, b) of the set that a row belongs to. */
function groupingExpr({ sets }: Grouping, keys: readonly number[], set: Expr | undefined): Expr {
  const type = notNull(BIGINT);
  const bits = sets.map((members) => literalExpr(groupingBits(keys, members), type));
  const last = bits.at(-1)!;
  if (set === undefined) return last;
  const branches = bits.slice(0, -1).map((then, number) => ({ when: equals(set, number), then }));
  return { kind: 'case', branches, otherwise: last, type };
}

const equals = (set: Expr, number: number): Expr => ({
  kind: 'call',
  fn: '=',
  args: [set, literalExpr(number, notNull(INT))],
  type: notNull(BOOLEAN),
});

/** As SQL has it: a bit is 1 when the key is left out; the first argument has the highest bit. */
function groupingBits(keys: readonly number[], set: readonly number[]): bigint {
  return keys.reduce((bits, key) => bits * 2n + (set.includes(key) ? 0n : 1n), 0n);
}
