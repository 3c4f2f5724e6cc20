import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { outerColumn, planReadsOuter, readsOuter, replaceOuter } from '../plan/correlation.ts';
import {
  andAll,
  columnExpr,
  columnsOf,
  conjuncts,
  exprChildren,
  literalExpr,
  mapExprChildren,
  remapColumns,
  substituteColumns,
} from '../plan/expr-walk.ts';
import type { Aggregate, Filter, Join, LogicalPlan, Project, Sort } from '../plan/logical.ts';
import { aggregate, distinct, filter, join, pick, project, rank } from '../plan/nodes.ts';
import type { NamedExpr } from '../plan/nodes.ts';

/** A subquery without the conditions that look at the scope around it. */
export interface Pulled {
  /** Its columns as they were, then those that the conditions need. */
  readonly plan: LogicalPlan;
  /** Over the columns of `plan` and outer columns: a row belongs to an outer row when all are TRUE. */
  readonly conditions: readonly Expr[];
  /** Of a subquery that gives one row even of none: what its columns are then, constants. */
  readonly empty: readonly (Expr | undefined)[] | undefined;
}

/** undefined: outer columns are used where no condition can be pulled out of. `around`: the rows of the scope. */
export function pullUpCorrelation(plan: LogicalPlan, scope: string, around: LogicalPlan): Pulled | undefined {
  const pull = (input: LogicalPlan): Pulled | undefined => pullUpCorrelation(input, scope, around);
  const reads = (expr: Expr): boolean => readsOuter(expr, scope);
  switch (plan.kind) {
    case 'filter':
      return pullFilter(plan, pull, reads);
    case 'project':
      return pullProject(plan, pull, reads);
    case 'aggregate':
      return pullAggregate(plan, pull, scope, around);
    case 'sort':
      return pullSort(plan, pull, scope);
    case 'join':
      return pullJoin(plan, pull, reads);
    default:
      return planReadsOuter(plan, scope) ? undefined : { plan, conditions: [], empty: undefined };
  }
}

type Pull = (input: LogicalPlan) => Pulled | undefined;
type Reads = (expr: Expr) => boolean;

function pullFilter(plan: Filter, pull: Pull, reads: Reads): Pulled | undefined {
  const input = pull(plan.input);
  if (input === undefined) return undefined;
  const parts = conjuncts(plan.condition);
  const own = andAll(parts.filter((part) => !reads(part)));
  return {
    plan: own === undefined ? input.plan : filter(input.plan, own, plan.span),
    conditions: [...input.conditions, ...parts.filter(reads)],
    empty: undefined,
  };
}

function pullProject(plan: Project, pull: Pull, reads: Reads): Pulled | undefined {
  const input = pull(plan.input);
  if (input === undefined || plan.exprs.some(reads)) return undefined;
  const items: NamedExpr[] = plan.exprs.map((expr, i) => ({ name: plan.schema[i]!.name, expr }));
  const places = new Map<number, number>();
  const place = (index: number): number => {
    const known = places.get(index);
    if (known !== undefined) return known;
    const column = input.plan.schema[index]!;
    const made = items.push({ name: column.name, expr: columnExpr(index, column) }) - 1;
    places.set(index, made);
    return made;
  };
  const conditions = input.conditions.map((part) => remapColumns(part, place));
  const { empty } = input;
  return {
    plan: project(input.plan, items, plan.span),
    conditions,
    empty: empty && plan.exprs.map((expr) => substitute(expr, empty)),
  };
}

/** The expression over constants; undefined when one of its columns has none. */
function substitute(expr: Expr, empty: readonly (Expr | undefined)[]): Expr | undefined {
  if ([...columnsOf(expr)].some((i) => empty[i] === undefined)) return undefined;
  return substituteColumns(expr, empty);
}

/** Groups by the inner sides of equalities as well; other conditions are decided before, for each distinct outer value. */
function pullAggregate(plan: Aggregate, pull: Pull, scope: string, around: LogicalPlan): Pulled | undefined {
  const input = pull(plan.input);
  if (input === undefined) return undefined;
  const empty = plan.keys.length === 0 ? plan.calls.map(valueOfNothing) : undefined;
  if (input.conditions.length === 0) return { plan: { ...plan, input: input.plan }, conditions: [], empty };
  const equalities = input.conditions.map((part) => equality(part, scope));
  if (equalities.every((found) => found !== undefined)) {
    const inner = withColumns(
      input.plan,
      equalities.map((found) => found.inner),
    );
    const { grouped, column } = groupedBy(plan, inner.plan, inner.columns);
    const conditions = equalities.map((found, i) => found.rebuild(column(i)));
    return { plan: grouped, conditions, empty };
  }
  return perOuterValue(plan, input, scope, around, empty);
}

/** The first rows of each outer row: Top-N by the inner sides of equalities. */
function pullSort(plan: Sort, pull: Pull, scope: string): Pulled | undefined {
  const input = pull(plan.input);
  if (input === undefined) return undefined;
  const { limit, offset, keys } = plan;
  if (input.conditions.length === 0) return { plan: { ...plan, input: input.plan }, conditions: [], empty: undefined };
  if (limit === undefined && offset === 0) return input;
  const equalities = input.conditions.map((part) => equality(part, scope));
  if (limit === undefined || !equalities.every((found) => found !== undefined)) return undefined;
  const inner = withColumns(
    input.plan,
    equalities.map((found) => found.inner),
  );
  const range = { start: offset + 1, end: offset + limit };
  const partition = [...new Set(inner.columns)];
  const first = rank(inner.plan, { fn: 'ROW_NUMBER', partition, order: keys, range }, undefined, plan.span);
  const conditions = equalities.map((found, i) => {
    const column = inner.columns[i]!;
    return found.rebuild(columnExpr(column, first.schema[column]!));
  });
  return { plan: first, conditions, empty: undefined };
}

/** The aggregate with further keys, whose columns stand behind its own. */
function groupedBy(
  plan: Aggregate,
  input: LogicalPlan,
  more: readonly number[],
): { readonly grouped: LogicalPlan; readonly column: (index: number) => Expr } {
  const unique = [...new Set(more)];
  const wide = aggregate(input, [...plan.keys, ...unique], plan.calls, plan.span);
  const [keys, calls] = [plan.keys.length, plan.calls.length];
  const order = [
    ...Array(keys).keys(),
    ...Array.from({ length: calls }, (_, i) => keys + unique.length + i),
    ...unique.map((_, i) => keys + i),
  ];
  const grouped = pick(wide, order);
  const at = (index: number): number => keys + calls + unique.indexOf(more[index]!);
  return { grouped, column: (index) => columnExpr(at(index), grouped.schema[at(index)]!) };
}

/** As Calcite's value generator: the distinct values of the outer columns, joined with the rows that belong to each. */
function perOuterValue(
  plan: Aggregate,
  input: Pulled,
  scope: string,
  around: LogicalPlan,
  empty: Pulled['empty'],
): Pulled {
  const columns = [...new Set(input.conditions.flatMap((part) => outerColumns(part, scope)))];
  const values = distinct(pick(around, columns), plan.span);
  const width = input.plan.schema.length;
  const valueOf = (column: Expr): Expr => {
    const place = columns.indexOf((column as Extract<Expr, { kind: 'column' }>).index);
    return columnExpr(width + place, values.schema[place]!);
  };
  const condition = andAll(input.conditions.map((part) => replaceOuter(part, scope, valueOf)));
  const joined = join(input.plan, values, 'inner', condition, plan.span);
  const { grouped, column } = groupedBy(
    plan,
    joined,
    columns.map((_, i) => width + i),
  );
  const conditions = columns.map((index, i): Expr => {
    const outer = input.conditions.map((part) => findOuter(part, scope, index)).find((found) => found !== undefined)!;
    return {
      kind: 'call',
      fn: 'IS NOT DISTINCT FROM',
      args: [column(i), outer],
      type: { kind: 'BOOLEAN', nullable: false },
    };
  });
  return { plan: grouped, conditions, empty };
}

function outerColumns(expr: Expr, scope: string): number[] {
  const found = outerColumn(expr, scope);
  if (found?.kind === 'column') return [found.index];
  return exprChildren(expr).flatMap((child) => outerColumns(child, scope));
}

function findOuter(expr: Expr, scope: string, index: number): Expr | undefined {
  const found = outerColumn(expr, scope);
  if (found?.kind === 'column' && found.index === index) return expr;
  for (const child of exprChildren(expr)) {
    const inside = findOuter(child, scope, index);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

interface Equality {
  readonly inner: Expr;
  readonly rebuild: (inner: Expr) => Expr;
}

/** `inner = outer`, where one side reads inner columns alone and the other outer columns alone. */
function equality(part: Expr, scope: string): Equality | undefined {
  if (part.kind !== 'call' || part.fn !== '=') return undefined;
  const [a, b] = part.args as [Expr, Expr];
  const isInner = (expr: Expr): boolean => !readsOuter(expr) && columnsOf(expr).size > 0;
  const isOuterAlone = (expr: Expr): boolean => readsOuter(expr, scope) && columnsOf(expr).size === 0;
  if (isInner(a) && isOuterAlone(b)) return { inner: a, rebuild: (inner) => ({ ...part, args: [inner, b] }) };
  if (isInner(b) && isOuterAlone(a)) return { inner: b, rebuild: (inner) => ({ ...part, args: [a, inner] }) };
  return undefined;
}

/** A plan in which each expression is a column. */
function withColumns(
  plan: LogicalPlan,
  exprs: readonly Expr[],
): { readonly plan: LogicalPlan; readonly columns: readonly number[] } {
  const items: NamedExpr[] = plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
  const columns = exprs.map((expr) =>
    expr.kind === 'column' ? expr.index : items.push({ name: `$outer${items.length}`, expr }) - 1,
  );
  return { plan: items.length === plan.schema.length ? plan : project(plan, items), columns };
}

/** The result of an aggregate over no rows. */
function valueOfNothing({ fn, type }: AggregateCall): Expr {
  const isCount = fn === 'COUNT' || fn === 'APPROX_COUNT_DISTINCT';
  return literalExpr(isCount ? 0n : null, isCount ? type : ({ ...type, nullable: true } as typeof type));
}

/** Conditions leave a join on the sides whose rows it keeps as they are. */
function pullJoin(plan: Join, pull: Pull, reads: Reads): Pulled | undefined {
  const left = pull(plan.left);
  const right = pull(plan.right);
  if (left === undefined || right === undefined) return undefined;
  const { type } = plan;
  const parts = conjuncts(plan.condition);
  const mayLeft = type === 'inner' || type === 'left' || type === 'semi' || type === 'anti';
  const mayRight = type === 'inner' || type === 'right';
  if (!mayLeft && left.conditions.length > 0) return undefined;
  if (!mayRight && right.conditions.length > 0) return undefined;
  if (type !== 'inner' && parts.some(reads)) return undefined;
  const [oldLeft, newLeft] = [plan.left.schema.length, left.plan.schema.length];
  const shift = (expr: Expr): Expr => remapColumns(expr, (i) => (i < oldLeft ? i : i - oldLeft + newLeft));
  const own = andAll(parts.filter((part) => !reads(part)).map(shift));
  const joined: Join = {
    ...join(left.plan, right.plan, type, own, plan.span),
    correlation: plan.correlation,
    stateTtl: plan.stateTtl,
  };
  if (type === 'semi' || type === 'anti') return { plan: joined, conditions: left.conditions, empty: undefined };
  const rightWidth = plan.right.schema.length;
  const conditions = [
    ...parts.filter(reads).map(shift),
    ...left.conditions,
    ...right.conditions.map((part) => remapColumns(part, (i) => i + newLeft)),
  ];
  // The columns as they were come first.
  const order = [
    ...Array(oldLeft).keys(),
    ...Array.from({ length: rightWidth }, (_, i) => newLeft + i),
    ...Array.from({ length: newLeft - oldLeft }, (_, i) => oldLeft + i),
    ...Array.from({ length: right.plan.schema.length - rightWidth }, (_, i) => newLeft + rightWidth + i),
  ];
  const place = new Map(order.map((column, i) => [column, i]));
  return {
    plan: order.every((column, i) => column === i) ? joined : pick(joined, order),
    conditions: conditions.map((part) => mapColumns(part, place)),
    empty: undefined,
  };
}

const mapColumns = (expr: Expr, place: ReadonlyMap<number, number>): Expr =>
  expr.kind === 'column'
    ? { ...expr, index: place.get(expr.index)! }
    : mapExprChildren(expr, (child) => mapColumns(child, place));
