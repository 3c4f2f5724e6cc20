/** What names mean inside a query: the relations of FROM with their columns, and the search for a dotted name among them. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Identifier } from '../sql/ast.ts';
import { withNullable } from '../types/type.ts';
import type { Field } from '../types/type.ts';
import { asOuter } from './correlation.ts';
import { columnExpr } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';

export interface ScopeColumn {
  readonly name: string;
  readonly expr: Expr;
  /** Merged away by USING or NATURAL: seen only with its table's name before it, and not by `*`. */
  readonly hidden?: boolean | undefined;
  /** The one that is seen in place of both columns of USING or NATURAL. */
  readonly shared?: boolean | undefined;
  /** What it is with its table's name before it, where that is something else: the left column of USING in a FULL join. */
  readonly own?: Expr | undefined;
}

export interface Relation {
  /** The alias, or the table's own name; undefined for a subquery without alias. */
  readonly alias: string | undefined;
  /** Where the name came from, so that `database.table.column` is understood: `[catalog, database, table]`; empty after an alias. */
  readonly path: readonly string[];
  readonly columns: readonly ScopeColumn[];
}

export interface Scope {
  readonly relations: readonly Relation[];
  /** Around a subquery: names that are not known inside are looked up there. */
  readonly outer?: Scope | undefined;
  /** Of such an outer scope: what references from inside call it. */
  readonly id?: string | undefined;
}

/** A FROM clause or a part of it: its rows, and the names in it. */
export interface BoundFrom {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

/** The scope of one input. */
export function relationOf(
  plan: LogicalPlan,
  alias: string | undefined,
  path: readonly string[] = [],
  offset = 0,
): Relation {
  const columns = plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(offset + i, column) }));
  return { alias, path, columns };
}

/**
 * The column, or the field of a ROW column, that a dotted name means. Names are matched with their case. As Flink does:
 * a table's name wins over a column of that name; a bare name that is no column may be a field inside of a ROW column.
 * @throws SQL_UNKNOWN_COLUMN, SQL_AMBIGUOUS_COLUMN, SQL_UNKNOWN_TABLE
 */
export function resolveName(scope: Scope, parts: readonly Identifier[]): Expr {
  const [first] = parts as [Identifier];
  if (parts.length > 1) {
    const found = findRelation(scope, parts);
    if (found !== undefined) {
      const { relation, used } = found;
      const column = oneOf(
        relation.columns.filter((c) => c.name === parts[used]!.name),
        parts[used]!,
      );
      if (column !== undefined) return fields(column.own ?? column.expr, parts, used + 1);
      throw unknownColumn(
        parts,
        used,
        relation.alias ?? '',
        relation.columns.map((c) => c.name),
      );
    }
  }
  const visible = scope.relations.flatMap((relation) => relation.columns.filter((column) => column.hidden !== true));
  const column = oneOf(
    visible.filter((c) => c.name === first.name),
    first,
  );
  if (column !== undefined) return fields(column.expr, parts, 1, scope);
  const inside = oneOf(peek(visible, first.name), first);
  if (inside !== undefined) return fields(inside.expr, parts, 1);
  if (scope.outer !== undefined) {
    const found = resolveOuter(scope.outer, parts);
    if (found !== undefined) return found;
  }
  throw parts.length > 1 ? unknownTable(scope, parts) : unknownInScope(scope, first);
}

/** A column of the query around a subquery; undefined when it has none of that name either. */
function resolveOuter(outer: Scope, parts: readonly Identifier[]): Expr | undefined {
  try {
    return asOuter(resolveName(outer, parts), outer.id!);
  } catch (error) {
    const code = error instanceof MillraceError ? error.code : undefined;
    // With a table's name before it, which was found, the mistake is the column.
    if (code === 'SQL_UNKNOWN_TABLE' || (code === 'SQL_UNKNOWN_COLUMN' && parts.length === 1)) return undefined;
    throw error;
  }
}

/** The name with its table before it, as the catalog keeps it; undefined when it has one or its table has no name. */
export function fullName(scope: Scope, parts: readonly Identifier[]): readonly string[] | undefined {
  const names = parts.map((part) => part.name);
  const [first] = names as [string];
  if (parts.length > 1 && findRelation(scope, parts) !== undefined) return undefined;
  const owner = scope.relations.find((relation) =>
    relation.columns.some((column) => column.name === first && column.hidden !== true),
  );
  return owner?.alias === undefined ? undefined : [owner.alias, ...names];
}

/** The relation that the beginning of a dotted name means, and how many parts of it. */
export function findRelation(
  scope: Scope,
  parts: readonly Identifier[],
): { readonly relation: Relation; readonly used: number } | undefined {
  const byAlias = scope.relations.filter((relation) => relation.alias === parts[0]!.name);
  if (byAlias.length > 0) return { relation: byAlias[0]!, used: 1 };
  for (let used = Math.min(3, parts.length - 1); used >= 2; used--) {
    const names = parts.slice(0, used).map((part) => part.name);
    const relation = scope.relations.find(
      ({ path }) => path.length > 0 && names.every((name, i) => name === path.at(i - used)),
    );
    if (relation !== undefined) return { relation, used };
  }
  return undefined;
}

/** Steps into fields of ROWs: `expr.a.b`, where the fields begin at `parts[from]`. @throws SQL_UNKNOWN_COLUMN */
function fields(expr: Expr, parts: readonly Identifier[], from: number, scope?: Scope): Expr {
  let result = expr;
  for (let i = from; i < parts.length; i++) {
    const found = field(result, parts[i]!.name);
    if (found === undefined) throw unknownField(result, parts, from, i, scope);
    result = found;
  }
  return result;
}

/** Flink points at the whole name, or at the column that has no fields. */
function unknownField(
  row: Expr,
  parts: readonly Identifier[],
  from: number,
  at: number,
  scope: Scope | undefined,
): MillraceError {
  const { name } = parts[at]!;
  const outer = parts
    .slice(from - 1, at)
    .map((part) => part.name)
    .join('.');
  const start = parts[from - 1]!.span.start;
  const near =
    row.type.kind === 'ROW'
      ? didYouMean(
          name,
          row.type.fields.map((f) => f.name),
        )
      : undefined;
  const hint = near ?? (scope === undefined ? undefined : tablesHint(scope));
  if (row.type.kind === 'ROW') {
    const span = { start, end: parts[at]!.span.end };
    return new MillraceError('SQL_UNKNOWN_COLUMN', `field "${name}" does not exist in ${outer}`, { span, hint });
  }
  const span = { start, end: parts[at - 1]!.span.end };
  return new MillraceError('SQL_UNKNOWN_COLUMN', `column "${outer}" has no field "${name}": it is no ROW`, {
    span,
    hint,
  });
}

/** The field of a ROW expression; NULL when the row is, so nullable if either is. */
export function field(input: Expr, name: string): Expr | undefined {
  if (input.type.kind !== 'ROW') return undefined;
  const index = input.type.fields.findIndex((f: Field) => f.name === name);
  if (index < 0) return undefined;
  const { type } = input.type.fields[index]!;
  return { kind: 'field', input, index, name, type: withNullable(type, type.nullable || input.type.nullable) };
}

/** Fields of that name inside of ROW columns, those of the least depth. */
function peek(columns: readonly ScopeColumn[], name: string): ScopeColumn[] {
  let level: Expr[] = columns.map((column) => column.expr);
  while (level.length > 0) {
    const found = level.flatMap((expr) => field(expr, name) ?? []);
    if (found.length > 0) return found.map((expr) => ({ name, expr }));
    level = level.flatMap((expr) =>
      expr.type.kind === 'ROW' ? expr.type.fields.map((f) => field(expr, f.name)!) : [],
    );
  }
  return [];
}

function oneOf(found: readonly ScopeColumn[], part: Identifier): ScopeColumn | undefined {
  if (found.length <= 1) return found[0];
  throw new MillraceError('SQL_AMBIGUOUS_COLUMN', `column "${part.name}" is ambiguous`, {
    span: part.span,
    hint: `say which one: table.${part.name}`,
  });
}

function unknownColumn(
  parts: readonly Identifier[],
  at: number,
  table: string,
  names: readonly string[],
): MillraceError {
  const { name, span } = parts[at]!;
  return new MillraceError('SQL_UNKNOWN_COLUMN', `column "${name}" does not exist in ${table}`, {
    span,
    hint: didYouMean(name, names) ?? columnsHint(names),
  });
}

function unknownInScope(scope: Scope, part: Identifier): MillraceError {
  const names = scope.relations.flatMap((relation) => relation.columns.map((column) => column.name));
  const [only] = scope.relations;
  const where = scope.relations.length === 1 && only!.alias !== undefined ? ` in ${only!.alias}` : '';
  return new MillraceError('SQL_UNKNOWN_COLUMN', `column "${part.name}" does not exist${where}`, {
    span: part.span,
    hint: didYouMean(part.name, names) ?? columnsHint(names),
  });
}

function unknownTable(scope: Scope, parts: readonly Identifier[]): MillraceError {
  const qualifier = parts.slice(0, -1);
  const name = qualifier.map((part) => part.name).join('.');
  return new MillraceError('SQL_UNKNOWN_TABLE', `table or column "${name}" does not exist in this query`, {
    span: { start: qualifier[0]!.span.start, end: qualifier.at(-1)!.span.end },
    hint: tablesHint(scope, name),
  });
}

function tablesHint(scope: Scope, name?: string): string | undefined {
  const aliases = scope.relations.flatMap((relation) => relation.alias ?? []);
  const near = name === undefined ? undefined : didYouMean(name, aliases);
  return near ?? (aliases.length === 0 ? undefined : `tables here: ${aliases.join(', ')}`);
}

const columnsHint = (names: readonly string[]): string | undefined =>
  names.length === 0 || names.length > 12 ? undefined : `columns: ${names.join(', ')}`;
