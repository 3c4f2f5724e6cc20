import type { Expr } from '../expr/expr.ts';
import { andAll, columnsOf, conjuncts, remapColumns, substituteColumns } from '../plan/expr-walk.ts';
import type { Filter, Join, LogicalPlan } from '../plan/logical.ts';
import { filter, union } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { isDeterministic } from './deterministic.ts';
import { multiplication } from './multiplication.ts';
import type { Rule } from './rule.ts';

/**
 * Moves filters towards the sources: through projections, into the inputs of UNION and of joins, below windows and groupings by the same columns.
 * Never below a watermark, which must see every row, and never below a LIMIT.
 */
export const pushFilter: Rule = {
  name: 'push-filter',
  apply: (plan) =>
    rewritePlan(plan, (node) => {
      if (node.kind === 'filter') return pushDown(node);
      return node.kind === 'join' ? pushCondition(node) : node;
    }),
};

function pushDown(node: Filter): LogicalPlan {
  const { input } = node;
  switch (input.kind) {
    case 'project':
      return split(
        node,
        (part) => isDeterministic(part) && [...columnsOf(part)].every((i) => isDeterministic(input.exprs[i]!)),
        (parts) => ({
          ...input,
          input: filter(input.input, andAll(parts.map((part) => substituteColumns(part, input.exprs)))!, node.span),
        }),
      );
    case 'union':
      if (multiplication(input) !== undefined) return node;
      return split(node, isDeterministic, (parts) => ({
        ...(union(input.inputs.map((branch) => filter(branch, andAll(parts)!, node.span))) as typeof input),
        schema: input.schema,
      }));
    case 'join':
      return intoJoin(node, input);
    case 'match':
      // Conditions on the partition decide about whole series of rows.
      return belowKeys(node, input.partition, (inner) => ({ ...input, input: inner(input.input) }));
    case 'correlate': {
      const { keep } = input;
      return split(
        node,
        (part) => isDeterministic(part) && [...columnsOf(part)].every((i) => i < keep.length),
        (parts) => ({
          ...input,
          input: filter(
            input.input,
            remapColumns(andAll(parts)!, (i) => keep[i]!),
            node.span,
          ),
        }),
      );
    }
    case 'window-table': {
      const width = input.input.schema.length;
      const { window } = input;
      // A row that is left out could have joined two sessions.
      const allowed = window.kind === 'session' ? new Set(window.partition) : undefined;
      return split(
        node,
        (part) => isDeterministic(part) && [...columnsOf(part)].every((i) => i < width && (allowed?.has(i) ?? true)),
        (parts) => ({ ...input, input: filter(input.input, andAll(parts)!, node.span) }),
      );
    }
    case 'aggregate':
      if (input.keys.length === 0) return node;
      return belowKeys(node, input.keys, (inner) => ({ ...input, input: inner(input.input) }));
    case 'window-aggregate': {
      const isSession = input.window.kind === 'session' && input.attached === undefined;
      const partition = input.window.kind === 'session' ? input.window.partition : [];
      if (isSession && !input.keys.every((key) => partition.includes(key))) return node;
      return belowKeys(node, input.keys, (inner) => ({ ...input, input: inner(input.input) }));
    }
    case 'over':
      return belowPartition(
        node,
        input.groups.map(({ partition }) => partition),
        (inner) => ({ ...input, input: inner }),
      );
    case 'rank':
      return belowPartition(node, [input.partition], (inner) => ({ ...input, input: inner }));
    case 'to-changelog':
    case 'from-changelog':
    case 'scan':
    case 'values':
    case 'watermark':
    case 'filter':
    case 'sort':
    case 'sink':
      return node;
  }
}

/** Moves the parts that `may` allows; what stays is a filter above. */
function split(node: Filter, may: (part: Expr) => boolean, push: (parts: readonly Expr[]) => LogicalPlan): LogicalPlan {
  const parts = conjuncts(node.condition);
  const moved = parts.filter(may);
  if (moved.length === 0) return node;
  const stays = andAll(parts.filter((part) => !moved.includes(part)));
  const below = push(moved);
  return stays === undefined ? below : filter(below, stays, node.span);
}

/** Conditions on columns by which all windows are partitioned decide about whole partitions. */
function belowPartition(
  node: Filter,
  partitions: readonly (readonly number[])[],
  rebuild: (input: LogicalPlan) => LogicalPlan,
): LogicalPlan {
  const { input } = node.input as Extract<LogicalPlan, { kind: 'over' | 'rank' }>;
  return split(
    node,
    (part) => {
      const columns = [...columnsOf(part)];
      const isKey = (column: number): boolean => partitions.every((partition) => partition.includes(column));
      return isDeterministic(part) && columns.length > 0 && columns.every(isKey);
    },
    (parts) => rebuild(filter(input, andAll(parts)!, node.span)),
  );
}

/** Conditions on group keys alone decide about whole groups. */
function belowKeys(
  node: Filter,
  keys: readonly number[],
  rebuild: (inner: (input: LogicalPlan) => LogicalPlan) => LogicalPlan,
): LogicalPlan {
  return split(
    node,
    (part) => {
      const columns = [...columnsOf(part)];
      return isDeterministic(part) && columns.length > 0 && columns.every((i) => i < keys.length);
    },
    (parts) =>
      rebuild((input) => filter(input, andAll(parts.map((part) => remapColumns(part, (i) => keys[i]!)))!, node.span)),
  );
}

/** An inner join takes the filter into its condition; other joins let through what looks at a side that they do not pad. */
function intoJoin(node: Filter, input: Join): LogicalPlan {
  const { type } = input;
  if (type === 'inner' && input.temporal === undefined) {
    return { ...input, condition: andAll([...conjuncts(input.condition), ...conjuncts(node.condition)]) };
  }
  if (type === 'full') return node;
  const width = input.left.schema.length;
  const side = type === 'right' ? 'right' : 'left';
  return split(
    node,
    (part) => sideOf(part, width) === side,
    (parts) =>
      side === 'left'
        ? { ...input, left: filter(input.left, andAll(parts)!, node.span) }
        : { ...input, right: filter(input.right, shifted(parts, width), node.span) },
  );
}

const shifted = (parts: readonly Expr[], width: number): Expr =>
  andAll(parts.map((part) => remapColumns(part, (i) => i - width)))!;

function sideOf(part: Expr, width: number): 'left' | 'right' | 'both' {
  const columns = [...columnsOf(part)];
  if (columns.length === 0 || !isDeterministic(part)) return 'both';
  if (columns.every((i) => i < width)) return 'left';
  return columns.every((i) => i >= width) ? 'right' : 'both';
}

/** Conditions of a join that look at one side only filter that side, unless its rows are kept without a partner. */
function pushCondition(node: Join): LogicalPlan {
  if (node.condition === undefined || node.type === 'full') return node;
  const width = node.left.schema.length;
  const mayLeft = node.type !== 'left' && node.type !== 'anti';
  // Of a versioned table every version counts, also one that the condition would leave out.
  const mayRight = node.type !== 'right' && node.temporal?.kind !== 'event';
  const parts = conjuncts(node.condition);
  const left = parts.filter((part) => mayLeft && sideOf(part, width) === 'left');
  const right = parts.filter((part) => mayRight && sideOf(part, width) === 'right');
  if (left.length + right.length === 0) return node;
  return {
    ...node,
    left: left.length === 0 ? node.left : filter(node.left, andAll(left)!, node.span),
    right: right.length === 0 ? node.right : filter(node.right, shifted(right, width), node.span),
    condition: andAll(parts.filter((part) => !left.includes(part) && !right.includes(part))),
  };
}
