/** A grouping → plan nodes: a projection of keys and arguments, then the aggregate; several grouping sets become a union of aggregates. */
import { assert } from '../assert.ts';
import type { Span } from '../errors.ts';
import type { AggregateCall } from '../functions/function.ts';
import { BIGINT, notNull, withNullable } from '../types/type.ts';
import type { Expr } from '../expr/expr.ts';
import type { Grouping, Slot } from './bind-group.ts';
import { columnExpr, exprKey, literalExpr } from './expr-walk.ts';
import type { LogicalPlan, WindowProperty } from './logical.ts';
import { aggregate, project, union, windowAggregate } from './nodes.ts';
import type { NamedExpr } from './nodes.ts';

/** Output: all keys (NULL where a set leaves them out), then one column a slot. */
export function aggregatePlan(grouping: Grouping, input: LogicalPlan, span: Span): LogicalPlan {
  const prepared = prepare(grouping, input);
  const { sets } = grouping;
  return union(
    sets.map((set) => oneSet(grouping, prepared, set, sets.length > 1, span)),
    span,
  );
}

interface Prepared {
  readonly plan: LogicalPlan;
  readonly keyColumns: readonly number[];
  readonly timeColumn: number;
  readonly calls: readonly (AggregateCall | undefined)[];
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
  const timeColumn =
    window === undefined ? -1 : columnFor(columnExpr(window.timeColumn, input.schema[window.timeColumn]!), '$time');
  const calls = grouping.slots.map((slot, i): AggregateCall | undefined => {
    if (slot.kind !== 'aggregate') return undefined;
    const { fn, args, distinct, filter, type, options } = slot.aggregate;
    return {
      fn,
      args: args.map((arg, n) => columnFor(arg, `$arg${i}_${n}`)),
      distinct,
      filter: filter === undefined ? undefined : columnFor(filter, `$filter${i}`),
      type,
      ...(options === undefined ? {} : { options }),
      name: `$agg${i}`,
    };
  });
  // COUNT(*) alone reads no column, and a relation has one at least.
  return { plan: items.length === 0 ? input : project(input, items), keyColumns, timeColumn, calls };
}

function oneSet(
  grouping: Grouping,
  prepared: Prepared,
  set: readonly number[],
  isOneOfMany: boolean,
  span: Span,
): LogicalPlan {
  const { slots, window } = grouping;
  const keys = set.map((key) => prepared.keyColumns[key]!);
  const calls = prepared.calls.filter((call) => call !== undefined);
  const properties = [
    ...new Set(slots.flatMap((slot): WindowProperty[] => (slot.kind === 'property' ? [slot.property] : []))),
  ];
  const { timeColumn } = prepared;
  const grouped =
    window === undefined
      ? aggregate(prepared.plan, keys, calls, span)
      : windowAggregate(
          prepared.plan,
          {
            timeColumn,
            window: window.window.kind === 'session' ? { ...window.window, partition: keys } : window.window,
            keys,
            calls,
            properties,
            timeType: window.timeType,
          },
          span,
        );
  let nextCall = keys.length;
  const slotExpr = (slot: Slot): Expr => {
    if (slot.kind === 'grouping') return literalExpr(groupingBits(slot.keys, set), notNull(BIGINT));
    const index =
      slot.kind === 'aggregate' ? nextCall++ : keys.length + calls.length + properties.indexOf(slot.property);
    return columnExpr(index, grouped.schema[index]!);
  };
  const keyExpr = (key: Expr, i: number): Expr => {
    const position = set.indexOf(i);
    if (position >= 0) {
      const expr = columnExpr(position, grouped.schema[position]!);
      return expr;
    }
    assert(isOneOfMany, 'a key outside of the only grouping set');
    return literalExpr(null, withNullable(key.type, true));
  };
  const items = [
    ...grouping.keys.map((key, i) => ({ name: key.kind === 'column' ? key.name : `$key${i}`, expr: keyExpr(key, i) })),
    ...slots.map((slot, i) => ({ name: `$slot${i}`, expr: slotExpr(slot) })),
  ];
  return project(grouped, items, span);
}

/** As SQL has it: a bit is 1 when the key is left out; the first argument has the highest bit. */
function groupingBits(keys: readonly number[], set: readonly number[]): bigint {
  return keys.reduce((bits, key) => bits * 2n + (set.includes(key) ? 0n : 1n), 0n);
}
