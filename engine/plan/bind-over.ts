/**
 * OVER: calls over windows in a SELECT list, in ORDER BY and in QUALIFY. As with aggregates, a call is a stand-in while expressions are bound;
 * `attach` then puts an Over node on the rows of the SELECT and `finish` rewrites expressions over it.
 *
 *   Project(columns, keys, arguments) → Over → [Filter(QUALIFY)] → Project(select list)
 */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall, AggregateFunction, Options } from '../functions/function.ts';
import { aggregateFunction, overFunction } from '../functions/registry.ts';
import type { Identifier } from '../sql/ast.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { NamedWindow, OrderItem, WindowSpec } from '../sql/ast-query.ts';
import { isString, typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindAggregate } from './bind-aggregate.ts';
import { unsupported } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { bindFrame, WHOLE_FRAME } from './bind-frame.ts';
import { columnExpr, exprKey, mapExprChildren, someExpr } from './expr-walk.ts';
import type { Frame, LogicalPlan, OverGroup, SortKey } from './logical.ts';
import { argumentOf, argumentTypes, castTo } from './make-expr.ts';
import { over, project } from './nodes.ts';
import type { NamedExpr } from './nodes.ts';

/** Column -FIRST of an expression is the first call, -FIRST - 1 the second ...: apart from the stand-ins of aggregates and of later joins. */
const FIRST = 500_000;
const LAST = 999_999;

/** A window, its expressions over what stands below it. */
interface BoundWindow {
  readonly partition: readonly Expr[];
  readonly order: readonly { readonly expr: Expr; readonly descending: boolean; readonly nullsFirst: boolean }[];
  readonly frame: Frame;
}

interface BoundCall {
  readonly window: BoundWindow;
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | undefined;
  readonly type: DataType;
  readonly options: Options | undefined;
}

/** Functions that need an order. */
const RANKS: ReadonlySet<string> = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST', 'NTILE']);
/** Functions that may have no frame. */
const UNFRAMED: ReadonlySet<string> = new Set([...RANKS, 'LEAD', 'LAG']);

export class OverCalls {
  readonly #windows: ReadonlyMap<string, NamedWindow>;
  readonly #calls: BoundCall[] = [];
  readonly #known = new Map<string, Expr>();
  #columns: readonly Expr[] = [];

  constructor(windows: readonly NamedWindow[]) {
    this.#windows = new Map(windows.map((window) => [window.name.name, window]));
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Binds a call with OVER; `context` is that of what may stand inside of it. */
  bind(node: sql.Call, context: ExprContext): Expr {
    const inner: ExprContext = {
      ...context,
      over: () => {
        throw new MillraceError('SQL_INVALID', 'Aggregate expressions cannot be nested', {
          span: node.span,
          hint: 'compute the inner one in a subquery in FROM',
        });
      },
    };
    const name = node.name.parts.map((part) => part.name).join('.');
    const ranking = overFunction(name);
    if (ranking === undefined && aggregateFunction(name) === undefined) {
      throw new MillraceError('SQL_INVALID', 'OVER must be applied to aggregate function', { span: node.span });
    }
    const window = this.#window(node.over!, ranking?.name, inner, node.span);
    const call = ranking === undefined ? aggregateOver(node, window, inner) : rankOver(node, ranking, window, inner);
    const key = keyOf(call);
    let standIn = this.#known.get(key);
    if (standIn === undefined) {
      standIn = columnExpr(-FIRST - this.#calls.length, { name: call.fn, type: call.type });
      this.#calls.push(call);
      this.#known.set(key, standIn);
    }
    return standIn;
  }

  #window(over: WindowSpec | Identifier, ranking: string | undefined, context: ExprContext, span: Span): BoundWindow {
    const spec = over.kind === 'windowSpec' ? this.#resolved(over) : this.#resolved(this.#named(over).spec);
    const partition = spec.partitionBy.map((expr) => bindExpr(expr, context));
    const order = spec.orderBy.map((item) => bindOrderItem(item, context));
    if (ranking !== undefined && UNFRAMED.has(ranking)) {
      checkRank(ranking, spec, over, span);
      return { partition, order, frame: ranking === 'ROW_NUMBER' ? { ...WHOLE_FRAME, unit: 'rows' } : WHOLE_FRAME };
    }
    const frame = bindFrame(
      spec.frame,
      order.map(({ expr }) => expr.type),
      context,
    );
    return { partition, order, frame };
  }

  #named(name: Identifier): NamedWindow {
    const found = this.#windows.get(name.name);
    if (found !== undefined) return found;
    throw new MillraceError('SQL_INVALID', `Window '${name.name}' not found`, {
      span: name.span,
      hint: didYouMean(name.name, [...this.#windows.keys()]),
    });
  }

  /** A specification with the parts of the window that it extends. */
  #resolved(spec: WindowSpec): WindowSpec {
    if (spec.allowPartial !== undefined) {
      throw unsupported(`${spec.allowPartial ? '' : 'DIS'}ALLOW PARTIAL`, spec.span);
    }
    if (spec.base === undefined) return spec;
    const base = this.#resolved(this.#named(spec.base).spec);
    const twice = spec.partitionBy.length > 0 || (base.orderBy.length > 0 && spec.orderBy.length > 0);
    if (twice || base.frame !== undefined) {
      throw new MillraceError('SQL_INVALID', `Cannot override the window attributes of window '${spec.base.name}'`, {
        span: spec.span,
        hint: 'a window that extends another may add ORDER BY and a frame',
      });
    }
    return {
      ...spec,
      base: undefined,
      partitionBy: base.partitionBy,
      orderBy: spec.orderBy.length > 0 ? spec.orderBy : base.orderBy,
    };
  }

  /** The calls as a node over `input`; `rewrite` gives their expressions over the columns of `input`. */
  attach(input: LogicalPlan, rewrite: (exprs: readonly Expr[]) => readonly Expr[], span: Span): LogicalPlan {
    if (this.isEmpty) return input;
    const items: NamedExpr[] = input.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
    const positions = new Map(items.map(({ expr }, i) => [exprKey(expr), i]));
    const columnFor = (expr: Expr, name: string): number => {
      const [own] = rewrite([expr]) as [Expr];
      const key = exprKey(own);
      const known = positions.get(key);
      if (known !== undefined) return known;
      positions.set(key, items.length);
      return items.push({ name: own.kind === 'column' ? own.name : name, expr: own }) - 1;
    };
    const groups = new Map<string, OverGroup & { calls: AggregateCall[] }>();
    const places = this.#calls.map(({ window, ...call }, i) => {
      const partition = [...new Set(window.partition.map((expr, p) => columnFor(expr, `$partition${p}`)))];
      const order = sortKeys(window, columnFor);
      const key = JSON.stringify([partition, order, window.frame], (_, value: unknown) =>
        typeof value === 'number' ? String(value) : value,
      );
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { partition, order, frame: window.frame, calls: [] }));
      const args = call.args.map((arg, a) => columnFor(arg, `$over${i}_${a}`));
      const filter = call.filter === undefined ? undefined : columnFor(call.filter, `$over${i}_filter`);
      const { options, ...rest } = call;
      const made = { ...rest, args, filter, name: `$over${i}` };
      return { group, at: group.calls.push(options === undefined ? made : { ...made, options }) - 1 };
    });
    const prepared = items.length === input.schema.length ? input : project(input, items, span);
    const plan = over(prepared, [...groups.values()], span);
    const starts = new Map<OverGroup, number>();
    let next = prepared.schema.length;
    for (const group of groups.values()) {
      starts.set(group, next);
      next += group.calls.length;
    }
    this.#columns = places.map(({ group, at }) => {
      const index = starts.get(group)! + at;
      return columnExpr(index, plan.schema[index]!);
    });
    return plan;
  }

  /** Whether an expression holds a call. */
  uses(expr: Expr): boolean {
    return someExpr(expr, (node) => node.kind === 'column' && isOverColumn(node.index));
  }

  /** An expression over what `attach` gave: its stand-ins become columns. */
  finish(expr: Expr): Expr {
    if (expr.kind === 'column') return isOverColumn(expr.index) ? this.#columns[-expr.index - FIRST]! : expr;
    return mapExprChildren(expr, (child) => this.finish(child));
  }
}

/** Whether a column stands for a call with OVER. */
export const isOverColumn = (index: number): boolean => index <= -FIRST && index >= -LAST;

function keyOf({ window, args, filter, type: _, ...call }: BoundCall): string {
  const { partition, order, frame } = window;
  return JSON.stringify([
    partition.map(exprKey),
    order.map(({ expr, ...rest }) => [exprKey(expr), rest]),
    [frame.unit, String(frame.lower), String(frame.upper)],
    args.map(exprKey),
    filter === undefined ? null : exprKey(filter),
    call,
  ]);
}

/** Sort keys without constants and without repetitions. Columns of the partition stay, as in Flink, though all of its rows are equal there. */
function sortKeys({ order }: BoundWindow, columnFor: (expr: Expr, name: string) => number): SortKey[] {
  const keys: SortKey[] = [];
  order.forEach(({ expr, descending, nullsFirst }, i) => {
    if (expr.kind === 'literal') return;
    const column = columnFor(expr, `$order${i}`);
    if (keys.some((key) => key.column === column)) return;
    keys.push({ column, descending, nullsFirst });
  });
  return keys;
}

function bindOrderItem(item: OrderItem, context: ExprContext): BoundWindow['order'][number] {
  const descending = item.direction === 'DESC';
  const nullsFirst = item.nulls === undefined ? !descending : item.nulls === 'FIRST';
  return { expr: bindExpr(item.expr, context), descending, nullsFirst };
}

function checkRank(name: string, spec: WindowSpec, over: WindowSpec | Identifier, span: Span): void {
  if (spec.orderBy.length === 0 && name !== 'ROW_NUMBER') {
    throw new MillraceError(
      'SQL_INVALID',
      'RANK or DENSE_RANK functions require ORDER BY clause in window specification',
      {
        span: over.span,
      },
    );
  }
  if (spec.orderBy.length === 0) {
    throw new MillraceError(
      'PLAN_UNSUPPORTED',
      'Over Agg: The window rank function requires order by clause with non-constant fields. please re-check the over window statement.',
      { span, hint: 'add ORDER BY to the window' },
    );
  }
  if (spec.frame !== undefined) {
    const { start } = spec.frame.span;
    throw new MillraceError('SQL_INVALID', 'ROW/RANGE not allowed with RANK, DENSE_RANK or ROW_NUMBER functions', {
      span: { start, end: start + spec.frame.unit.length },
    });
  }
}

function aggregateOver(node: sql.Call, window: BoundWindow, context: ExprContext): BoundCall {
  if (node.filter !== undefined) {
    throw new MillraceError('SQL_INVALID', 'OVER must be applied to aggregate function', {
      span: { start: node.span.start, end: node.filter.span.end + 1 },
      hint: 'FILTER and OVER do not go together: SUM(CASE WHEN .. THEN x END) OVER (..)',
    });
  }
  const { frame } = window;
  const holdsOwnRow = frame.lower <= 0 && frame.upper >= 0;
  const { key: _, ...bound } = bindAggregate({ ...node, over: undefined }, context, holdsOwnRow, true);
  return { window, ...bound };
}

function rankOver(node: sql.Call, fn: AggregateFunction, window: BoundWindow, context: ExprContext): BoundCall {
  const args = node.arguments.map((arg) => bindExpr(arg, context));
  const binding = fn.resolve(args.map(argumentOf), {});
  if (binding === undefined) {
    throw new MillraceError('SQL_TYPE', `cannot apply ${fn.name} to ${argumentTypes(args)}`, {
      span: node.span,
      hint: `it is ${fn.signature}`,
    });
  }
  if (node.nulls !== undefined) throw unsupported(`${node.nulls} NULLS of ${fn.name}`, node.span);
  if (fn.name === 'LAG' && context.env.options.mode === 'streaming') checkDefault(args, node);
  const cast = args.map((arg, i) => castTo(arg, binding.argTypes[i] ?? arg.type));
  const call = { window, fn: fn.name, distinct: false, filter: undefined, type: binding.type };
  const [value, offset, ...rest] = cast;
  const isShift = fn.name === 'LEAD' || fn.name === 'LAG';
  if (!isShift || offset?.kind !== 'literal' || offset.value === null)
    return { ...call, args: cast, options: undefined };
  return { ...call, args: [value!, ...rest], options: { offset: Number(offset.value) } };
}

/** In a stream the default of LAG is not cast to the type of the value (as Flink's LagAggFunction). */
function checkDefault([value, , fallback]: readonly Expr[], { span }: sql.Call): void {
  if (value === undefined || fallback === undefined || (isString(value.type) && isString(fallback.type))) return;
  const plain = (expr: Expr): string => typeToString(expr.type, { nullability: false });
  if (value.type.kind === 'NULL' || fallback.type.kind === 'NULL' || plain(value) === plain(fallback)) return;
  const type = plain(value);
  throw new MillraceError(
    'SQL_TYPE',
    `Please explicitly cast default value ${typeToString(fallback.type)} to ${type}.`,
    {
      span,
      hint: `write the default as CAST(.. AS ${type})`,
    },
  );
}
