/** Joins FOR SYSTEM_TIME AS OF a processing time → lookups. Checks as Flink's CommonPhysicalLookupJoin. */
import { pathText } from '../catalog/catalog.ts';
import { connector } from '../connectors/registry.ts';
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { isBounded } from './changelog.ts';
import { andAll, columnExpr, conjuncts, substituteColumns } from './expr-walk.ts';
import type { Join, LogicalPlan, Scan } from './logical.ts';
import type { Lowering } from './lower.ts';
import type { LookupJoinNode } from './physical.ts';
import { typedKeys } from './typed-keys.ts';
import { splitJoinCondition } from './window-properties.ts';

/** @throws PLAN_UNSUPPORTED where the right side is no table that can be asked, or nothing of it is equal to something */
export function lowerLookupJoin(plan: Join, lowering: Lowering, updateBefore: boolean): LookupJoinNode {
  const { type, schema, left } = plan;
  if (type !== 'inner' && type !== 'left') {
    const reason = `Temporal table join currently only support INNER JOIN and LEFT JOIN, but was ${type.toUpperCase()} JOIN.`;
    throw refuse(reason, plan, 'exchange the two tables, or drop FOR SYSTEM_TIME');
  }
  const { scan, filter, exprs } = dimensionOf(plan.right, plan);
  const { table } = scan;
  const { leftKeys, rightKeys, nullSafe, residual } = typedKeys(
    plan,
    splitJoinCondition(plan.condition, left.schema.length),
  );
  const rest = conjuncts(residual);
  const asked: { readonly left: number; readonly key: number }[] = [];
  leftKeys.forEach((key, i) => {
    const expr = exprs[rightKeys[i]!]!;
    if (expr.kind === 'column' && !nullSafe[i]) asked.push({ left: key, key: expr.index });
    else rest.push(equality(plan, key, rightKeys[i]!, nullSafe[i]!));
  });
  if (asked.length === 0) {
    throw refuse(
      `Temporal table join requires an equality condition on fields of table [${pathText(table.path)}].`,
      plan,
      'join ON a column of that table as it is',
    );
  }
  const input = lowering.node(left, updateBefore);
  return {
    kind: 'lookup-join',
    id: lowering.nextId(),
    schema,
    mode: lowering.mode === 'batch' ? 'append' : input.mode,
    type,
    input,
    leftKeys: asked.map((pair) => pair.left),
    residual: andAll(rest),
    right: plan.right.schema,
    dimension: {
      table,
      paths: scan.paths ?? scan.schema.map((column) => [column.name]),
      schema: scan.schema,
      keys: asked.map((pair) => pair.key),
      filter,
      exprs,
    },
  };
}

function equality({ left, right }: Join, leftKey: number, rightKey: number, nullSafe: boolean): Expr {
  const a = left.schema[leftKey]!;
  const b = right.schema[rightKey]!;
  return {
    kind: 'call',
    fn: nullSafe ? 'IS NOT DISTINCT FROM' : '=',
    args: [columnExpr(leftKey, a), columnExpr(left.schema.length + rightKey, b)],
    type: { kind: 'BOOLEAN', nullable: !nullSafe && (a.type.nullable || b.type.nullable) },
  };
}

interface Dimension {
  readonly scan: Scan;
  readonly filter: Expr | undefined;
  readonly exprs: readonly Expr[];
}

/** Filters and projections over one table, as one filter and one projection over its columns. */
function dimensionOf(plan: LogicalPlan, join: Join): Dimension {
  switch (plan.kind) {
    case 'scan': {
      checkTable(plan, join);
      return { scan: plan, filter: undefined, exprs: plan.schema.map((column, i) => columnExpr(i, column)) };
    }
    case 'watermark':
      return dimensionOf(plan.input, join);
    case 'filter': {
      const { scan, filter, exprs } = dimensionOf(plan.input, join);
      const parts = [...conjuncts(filter), substituteColumns(plan.condition, exprs)];
      return { scan, filter: andAll(parts), exprs };
    }
    case 'project': {
      const below = dimensionOf(plan.input, join);
      return { ...below, exprs: plan.exprs.map((expr) => substituteColumns(expr, below.exprs)) };
    }
    default:
      throw noLookup(
        join,
        'the right side must be a table, with filters and projections at most; join views of aggregates as regular tables',
      );
  }
}

function checkTable({ table }: Scan, join: Join): void {
  const found = connector(table.options['connector'] ?? '');
  const can =
    found.canLookup?.(table) ??
    (found.createLookup !== undefined || (found.createSource !== undefined && isBounded(table)));
  if (!can)
    throw noLookup(
      join,
      `connector '${found.name}' cannot be asked by key; join a versioned table by event time, or without FOR SYSTEM_TIME`,
    );
}

const noLookup = (plan: Join, hint: string): MillraceError =>
  refuse('Processing-time temporal join is not supported yet.', plan, hint);

const refuse = (reason: string, { span }: Join, hint: string): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', reason, { span, hint });
