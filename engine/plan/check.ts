/** Invariants of logical plans: what every rule and every maker must keep. A violation is our bug, never the user's mistake. */
import { assert, unreachable } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { Schema } from '../types/schema.ts';
import { sameType, typeToString } from '../types/type.ts';
import { exprChildren } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { children } from './walk.ts';

/** @throws Error that names the node and what is wrong with it */
export function checkPlan(plan: LogicalPlan, seen: Set<LogicalPlan> = new Set()): void {
  if (seen.has(plan)) return;
  seen.add(plan);
  for (const child of children(plan)) checkPlan(child, seen);
  checkNode(plan);
}

function checkNode(plan: LogicalPlan): void {
  const where = plan.kind;
  assert(plan.schema.length > 0, `${where} has no columns`);
  switch (plan.kind) {
    case 'scan':
      assert(plan.paths === undefined || plan.paths.length === plan.schema.length, 'a scan has one path a column');
      return;
    case 'values':
      for (const row of plan.rows) assert(row.length === plan.schema.length, 'a row of VALUES has one value a column');
      return;
    case 'watermark':
      checkColumn(plan.column, plan.input.schema, where);
      checkExpr(plan.expr, plan.input.schema, where);
      return sameWidth(plan.schema, plan.input.schema, where);
    case 'project':
      plan.exprs.forEach((expr, i) => {
        checkExpr(expr, plan.input.schema, where);
        sameColumnType(plan.schema, i, expr, where);
      });
      assert(plan.exprs.length === plan.schema.length, 'a projection has one expression a column');
      return;
    case 'filter':
      checkExpr(plan.condition, plan.input.schema, where);
      assert(plan.condition.type.kind === 'BOOLEAN', 'a filter needs a BOOLEAN');
      return sameWidth(plan.schema, plan.input.schema, where);
    case 'window-table':
      checkColumn(plan.timeColumn, plan.input.schema, where);
      assert(plan.schema.length === plan.input.schema.length + 3, 'a window function adds three columns');
      return;
    case 'aggregate':
      checkGroup(plan.keys, plan.calls, plan.input.schema, where);
      assert(plan.schema.length === plan.keys.length + plan.calls.length, 'an aggregate gives keys and calls');
      return;
    case 'window-aggregate': {
      checkGroup(plan.keys, plan.calls, plan.input.schema, where);
      checkColumn(plan.timeColumn, plan.input.schema, where);
      const width = plan.keys.length + plan.calls.length + plan.properties.length;
      assert(plan.schema.length === width, 'a window aggregate gives keys, calls and properties');
      return;
    }
    case 'join': {
      const both = [...plan.left.schema, ...plan.right.schema];
      if (plan.condition !== undefined) checkExpr(plan.condition, both, where);
      assert(
        plan.type === 'semi' || plan.type === 'anti' || plan.schema.length === both.length,
        'a join gives both sides',
      );
      return;
    }
    case 'correlate':
      for (const column of plan.keep) checkColumn(column, plan.input.schema, where);
      for (const arg of plan.call.args) checkExpr(arg, plan.input.schema, where);
      if (plan.condition !== undefined) checkExpr(plan.condition, plan.schema, where);
      assert(plan.schema.length === plan.keep.length + plan.call.columns.length, 'a correlate gives input and call');
      return;
    case 'to-changelog':
      assert(plan.schema.length === plan.input.schema.length + 1, 'TO_CHANGELOG adds a column');
      return;
    case 'from-changelog':
      checkColumn(plan.column, plan.input.schema, where);
      assert(plan.schema.length === plan.input.schema.length - 1, 'FROM_CHANGELOG takes a column away');
      return;
    case 'match':
      for (const column of plan.partition) checkColumn(column, plan.input.schema, where);
      for (const key of plan.keys) checkColumn(key.column, plan.input.schema, where);
      for (const { own } of plan.variables) if (own !== undefined) checkExpr(own, plan.input.schema, where);
      for (const slot of [...plan.slots, ...plan.variables.flatMap(({ slots }) => slots)]) {
        if (slot.kind === 'row') checkColumn(slot.column, plan.input.schema, where);
        if (slot.kind === 'aggregate') checkGroup([], [slot.call], plan.input.schema, where);
      }
      assert(plan.schema.length === plan.partition.length + plan.measures.length, 'a match gives keys and measures');
      return;
    case 'union':
      for (const input of plan.inputs) {
        sameWidth(plan.schema, input.schema, where);
        input.schema.forEach(({ type }, i) =>
          assert(
            sameType(type, plan.schema[i]!.type, { nullability: false }),
            `column ${i} of a union is ${typeToString(type)} in one input and ${typeToString(plan.schema[i]!.type)} in the result`,
          ),
        );
      }
      return;
    case 'sort':
      for (const key of plan.keys) checkColumn(key.column, plan.input.schema, where);
      return sameWidth(plan.schema, plan.input.schema, where);
    case 'over': {
      const inner = plan.input.schema;
      for (const { partition, order, calls } of plan.groups) {
        checkGroup(partition, calls, inner, where);
        for (const key of order) checkColumn(key.column, inner, where);
      }
      const width = plan.groups.reduce((sum, group) => sum + group.calls.length, inner.length);
      assert(plan.schema.length === width, 'OVER adds one column a call');
      return;
    }
    case 'rank':
      for (const key of plan.partition) checkColumn(key, plan.input.schema, where);
      for (const key of plan.order) checkColumn(key.column, plan.input.schema, where);
      assert(plan.schema.length === plan.input.schema.length + (plan.output ? 1 : 0), 'a rank adds one column at most');
      return;
    case 'sink':
      return sameWidth(plan.schema, plan.input.schema, where);
    default:
      return unreachable(plan);
  }
}

function sameWidth(a: Schema, b: Schema, where: string): void {
  assert(a.length === b.length, `${where} has ${a.length} columns over ${b.length}`);
}

function checkColumn(index: number, schema: Schema, where: string): void {
  assert(index >= 0 && index < schema.length, `${where} reads column ${index} of ${schema.length}`);
}

function sameColumnType(schema: Schema, index: number, expr: Expr, where: string): void {
  const { type } = schema[index]!;
  assert(
    sameType(type, expr.type, { nullability: false }),
    `column ${index} of ${where} is ${typeToString(type)} and its expression ${typeToString(expr.type)}`,
  );
}

/** Every column reference exists and has the type of its column, NOT NULL apart. */
function checkExpr(expr: Expr, schema: Schema, where: string): void {
  if (expr.kind === 'column') {
    checkColumn(expr.index, schema, where);
    const { type } = schema[expr.index]!;
    assert(
      sameType(type, expr.type, { nullability: false }),
      `${where} reads column ${expr.index} as ${typeToString(expr.type)}, it is ${typeToString(type)}`,
    );
  }
  for (const child of exprChildren(expr)) checkExpr(child, schema, where);
}

function checkGroup(keys: readonly number[], calls: readonly AggregateCall[], schema: Schema, where: string): void {
  for (const key of keys) checkColumn(key, schema, where);
  for (const call of calls) {
    for (const arg of call.args) checkColumn(arg, schema, where);
    if (call.filter !== undefined) {
      checkColumn(call.filter, schema, where);
      assert(schema[call.filter]!.type.kind === 'BOOLEAN', 'FILTER needs a BOOLEAN');
    }
  }
}
