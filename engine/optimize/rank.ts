import type { Expr } from '../expr/expr.ts';
import { andAll, columnExpr, columnsOf, conjuncts, literalExpr } from '../plan/expr-walk.ts';
import type { Filter, LogicalPlan, Over, RankFunction, RankRange } from '../plan/logical.ts';
import { filter, project, rank } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/**
 * `ROW_NUMBER() OVER (PARTITION BY .. ORDER BY ..) AS rn` with a condition on rn keeps the first rows of each partition: Top-N.
 * As Flink's FlinkLogicalRankRule: one rank function alone in its window, compared with constants or, from above, with a column.
 */
export const rankRule: Rule = {
  name: 'rank',
  apply: (plan) =>
    rewritePlan(plan, (node) =>
      node.kind === 'filter' && node.input.kind === 'over' ? toRank(node, node.input) : node,
    ),
};

function toRank(node: Filter, input: Over): LogicalPlan {
  const [group, ...others] = input.groups;
  const [call, ...more] = group?.calls ?? [];
  if (group === undefined || call === undefined || others.length + more.length > 0 || group.order.length === 0)
    return node;
  const fn = rankFunctions.find((name) => name === call.fn);
  const found = fn === undefined ? undefined : rangeOf(conjuncts(node.condition), input.schema.length - 1);
  if (fn === undefined || found === undefined) return node;
  const { partition, order } = group;
  const { range } = found;
  const last = input.schema.length - 1;
  if (fn === 'ROW_NUMBER' && range.start === range.end) {
    const ranked = rank(input.input, { fn, partition, order, range }, undefined, node.span);
    const columns = input.schema.map((column, i) => ({
      name: column.name,
      expr: i === last ? literalExpr(BigInt(range.start), column.type) : columnExpr(i, column),
    }));
    const whole = project(ranked, columns, node.span);
    return found.rest === undefined ? whole : filter(whole, found.rest, node.span);
  }
  const ranked = rank(input.input, { fn, partition, order, range }, input.schema[last]!.name, node.span);
  return found.rest === undefined ? ranked : filter(ranked, found.rest, node.span);
}

const rankFunctions: readonly RankFunction[] = ['ROW_NUMBER', 'RANK', 'DENSE_RANK'];

interface Bound {
  readonly kind: 'lower' | 'upper' | 'both';
  readonly value: number | { readonly column: number };
  /** A condition that the range does not say, to be asked again above. */
  readonly rest?: Expr | undefined;
}

/** The ranks that some conditions leave, and the other conditions. Undefined: they do not bound the rank in a way that Top-N knows. */
function rangeOf(parts: readonly Expr[], rankColumn: number): { range: RankRange; rest: Expr | undefined } | undefined {
  const bounds: Bound[] = [];
  const rest: Expr[] = [];
  for (const part of parts) {
    const sides = comparison(part, rankColumn);
    if (sides === undefined) {
      rest.push(part);
      continue;
    }
    const bound = boundOf(sides, part);
    if (bound === undefined) return undefined;
    bounds.push(bound);
    if (bound.rest !== undefined) rest.push(bound.rest);
  }
  const range = combine(bounds);
  return range && { range, rest: andAll(rest) };
}

function combine(bounds: readonly Bound[]): RankRange | undefined {
  const [first, second, ...more] = bounds;
  if (first === undefined || more.length > 0) return undefined;
  if (second === undefined) {
    if (first.kind === 'upper') return { start: 1, end: first.value };
    if (typeof first.value !== 'number') return undefined;
    return { start: first.value, end: first.kind === 'both' ? first.value : undefined };
  }
  const lower = first.kind === 'lower' ? first : second;
  const upper = first.kind === 'lower' ? second : first;
  const isRange = lower.kind === 'lower' && upper.kind === 'upper';
  if (!isRange || typeof lower.value !== 'number' || typeof upper.value !== 'number') return undefined;
  return { start: lower.value, end: upper.value };
}

interface Comparison {
  /** With the rank on its left side. */
  readonly sign: string;
  readonly other: Expr;
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };

/** `rank <= something`; undefined: the condition is none, or both sides hold the rank. */
function comparison(expr: Expr, rankColumn: number): Comparison | undefined {
  if (expr.kind !== 'call' || mirrored[expr.fn] === undefined) return undefined;
  const [left, right] = expr.args as [Expr, Expr];
  const isRank = (side: Expr): boolean => side.kind === 'column' && side.index === rankColumn;
  if (isRank(left) && !columnsOf(right).has(rankColumn)) return { sign: expr.fn, other: right };
  if (isRank(right) && !columnsOf(left).has(rankColumn)) return { sign: mirrored[expr.fn]!, other: left };
  return undefined;
}

function boundOf({ sign, other }: Comparison, part: Expr): Bound | undefined {
  const kind = sign === '=' ? 'both' : sign.startsWith('<') ? 'upper' : 'lower';
  const column = bareColumn(other);
  if (column !== undefined) {
    // The first ranks up to the column's value; what `<` and `=` leave out of them is filtered above.
    if (kind === 'lower') return undefined;
    return { kind: 'upper', value: { column }, rest: sign === '<=' ? undefined : part };
  }
  if (other.kind !== 'literal' || other.value === null) return undefined;
  const value = constantOf(other);
  if (value === undefined) return undefined;
  if (kind === 'both') return Number.isInteger(value) ? { kind, value } : undefined;
  const whole = kind === 'upper' ? Math.floor(value) : Math.ceil(value);
  const isOpen = sign.length === 1 && whole === value;
  return { kind, value: isOpen ? whole + (kind === 'upper' ? -1 : 1) : whole };
}

function constantOf(expr: Extract<Expr, { kind: 'literal' }>): number | undefined {
  const { value, type } = expr;
  if (typeof value !== 'bigint' && typeof value !== 'number') return undefined;
  return type.kind === 'DECIMAL' ? Number(value) / 10 ** type.scale : Number(value);
}

/** A column, also as a wider integer. */
function bareColumn(expr: Expr): number | undefined {
  if (expr.kind === 'cast') return bareColumn(expr.input);
  return expr.kind === 'column' && integers.has(expr.type.kind) ? expr.index : undefined;
}

const integers: ReadonlySet<string> = new Set(['TINYINT', 'SMALLINT', 'INT', 'BIGINT']);
