/**
 * Calls of the user's functions work on whole columns, so they are taken out of the generated loops: Calc(args) → UserCalls → Calc. As Flink does with
 * functions in Python, they are computed for every row, also where a CASE would not ask for them.
 */
import { MillraceError } from '../errors.ts';
import type { CallExpr, Expr } from '../expr/expr.ts';
import type { TableCall } from '../functions/function.ts';
import { scalarFunction, tableFunction } from '../functions/registry.ts';
import type { ColumnSchema } from '../types/schema.ts';
import { ARRAY, notNull, ROW } from '../types/type.ts';
import { andAll, columnExpr, conjuncts, exprChildren, exprKey, mapExprChildren, someExpr } from './expr-walk.ts';
import { inputsOf } from './physical-walk.ts';
import type { CalcNode, PhysicalPlan, UserCallsNode } from './physical.ts';

/** Calls of the user's functions are computed when the job runs, and may need another process: they are not folded either. */
export const isUserCall = (expr: Expr): expr is CallExpr =>
  expr.kind === 'call' && scalarFunction(expr.fn)?.evaluate !== undefined;
export const hasUserCall = (expr: Expr): boolean => someExpr(expr, isUserCall);

/** The same rows without a call of a user's function in any Calc. `nextId` numbers the new nodes. */
export function splitUserCalls(calc: CalcNode, nextId: () => number): CalcNode {
  const conditions = conjuncts(calc.filter);
  if (![...calc.exprs, ...conditions].some(hasUserCall)) return calc;
  const below = takeInner(calc, conditions, nextId);
  const rest: CalcNode = {
    ...calc,
    id: nextId(),
    input: below.node,
    filter: andAll(conditions.filter(hasUserCall).map(below.rewrite)),
    exprs: calc.exprs.map(below.rewrite),
  };
  return splitUserCalls(rest, nextId);
}

interface Taken {
  readonly node: UserCallsNode;
  /** An expression over the old input as one over `node`. */
  rewrite(expr: Expr): Expr;
}

/** Puts the calls that have no other call inside below the Calc, behind the conditions that need none. */
function takeInner(calc: CalcNode, conditions: readonly Expr[], nextId: () => number): Taken {
  const { input } = calc;
  const calls = new Map<string, CallExpr>();
  const collect = (expr: Expr): void => {
    if (isUserCall(expr) && !expr.args.some(hasUserCall)) calls.set(callKey(expr, calls.size), expr);
    exprChildren(expr).forEach(collect);
  };
  [...calc.exprs, ...conditions].forEach(collect);

  const exprs: Expr[] = input.schema.map((column, i) => columnExpr(i, column));
  const schema: ColumnSchema[] = [...input.schema];
  const place = (arg: Expr): number => {
    if (arg.kind === 'column') return arg.index;
    schema.push({ name: `$arg${exprs.length}`, type: arg.type });
    return exprs.push(arg) - 1;
  };
  const made = [...calls.values()].map((call) => ({
    call,
    args: call.args.map(place),
  }));
  const computed: CalcNode = {
    kind: 'calc',
    id: nextId(),
    schema,
    mode: input.mode,
    input,
    filter: andAll(conditions.filter((condition) => !hasUserCall(condition))),
    exprs,
  };
  const results = made.map(({ call }, i): ColumnSchema => ({ name: `$call${i}`, type: call.type }));
  const node: UserCallsNode = {
    kind: 'user-calls',
    id: nextId(),
    schema: [...schema, ...results],
    mode: input.mode,
    input: computed,
    calls: made.map(({ call: { fn, type, options = {} }, args }) => ({ fn, args, type, options })),
  };
  const byCall = new Map(made.map(({ call }, i) => [call as Expr, schema.length + i]));
  const byKey = new Map([...calls.keys()].map((key, i) => [key, schema.length + i]));
  const rewrite = (expr: Expr): Expr => {
    const at = byCall.get(expr) ?? (isUserCall(expr) ? byKey.get(exprKey(expr)) : undefined);
    if (at !== undefined) return columnExpr(at, node.schema[at]!);
    return mapExprChildren(expr, rewrite);
  };
  return { node, rewrite };
}

/** Equal calls are computed once, unless they may differ. */
function callKey(call: CallExpr, number: number): string {
  return scalarFunction(call.fn)!.deterministic ? exprKey(call) : `#${number}`;
}

/** A table function of the user gives the rows of each row as an array; UNNEST takes them apart. */
export function splitTableCall(
  input: PhysicalPlan,
  call: TableCall,
  nextId: () => number,
): { input: PhysicalPlan; call: TableCall } {
  if (tableFunction(call.fn)?.evaluate === undefined) return { input, call };
  const width = input.schema.length;
  const { mode } = input;
  const computed = splitUserCalls(
    {
      kind: 'calc',
      id: nextId(),
      schema: [...input.schema, ...call.args.map(({ type }, i): ColumnSchema => ({ name: `$arg${i}`, type }))],
      mode,
      input,
      filter: undefined,
      exprs: [...input.schema.map((column, i) => columnExpr(i, column)), ...call.args],
    },
    nextId,
  );
  const type = ARRAY(notNull(ROW(call.columns)));
  const rows: ColumnSchema = { name: '$rows', type };
  const node: UserCallsNode = {
    kind: 'user-calls',
    id: nextId(),
    schema: [...computed.schema, rows],
    mode,
    input: computed,
    calls: [{ fn: call.fn, args: call.args.map((_, i) => width + i), type, options: call.options ?? {} }],
  };
  const unnest: TableCall = { fn: 'UNNEST', args: [columnExpr(computed.schema.length, rows)], columns: call.columns };
  return { input: node, call: unnest };
}

/** The same plan. @throws PLAN_UNSUPPORTED for a call of a user's function where no column can be computed before: a join's condition, a watermark */
export function refuseUserCalls<P extends PhysicalPlan>(plan: P): P {
  const done = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan): void => {
    if (done.has(node)) return;
    done.add(node);
    const exprs = [
      ...('residual' in node ? [node.residual] : []),
      ...('condition' in node ? [node.condition] : []),
      ...(node.kind === 'watermark' ? [node.expr] : []),
    ];
    if (exprs.some((expr) => expr !== undefined && hasUserCall(expr))) {
      const place = node.kind === 'watermark' ? 'a watermark' : 'a condition of a join that is no equality';
      throw new MillraceError('PLAN_UNSUPPORTED', `a function of a cell cannot be called in ${place}`, {
        hint: 'compute it as a column before: in a subquery, or as a computed column of the table',
      });
    }
    inputsOf(node).forEach(visit);
  };
  visit(plan);
  return plan;
}
