/** MATCH_RECOGNIZE → one node over its input. As Flink's StreamExecMatch and BatchExecMatch, with their refusals. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { MatchRecognize } from '../sql/ast-match.ts';
import type { ColumnSchema } from '../types/schema.ts';
import { isTimestamp, typeToString } from '../types/type.ts';
import type { Ms } from '../types/value.ts';
import type { BindEnv } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { isBareNull } from './bind-literal.ts';
import { bindMatchAggregate, bindMatchCall } from './bind-match-call.ts';
import type { MatchCalls } from './bind-match-call.ts';
import { bindPattern, patternNames } from './bind-match-pattern.ts';
import type { PatternItem } from './bind-match-pattern.ts';
import { andAll, columnExpr, columnsOf, conjuncts, remapColumns, sameExpr } from './expr-walk.ts';
import type { LogicalPlan, Match, SortKey } from './logical.ts';
import type { MatchSkip, MatchSlot, MatchVariable } from './match.ts';
import { MatchNames } from './match-names.ts';
import { project } from './nodes.ts';
import { relationOf, resolveName } from './scope.ts';
import type { Scope } from './scope.ts';

export function bindMatch(ref: MatchRecognize, input: LogicalPlan, env: BindEnv): LogicalPlan {
  const scope: Scope = { relations: [relationOf(input, undefined)] };
  const partition = ref.partitionBy.map((key) => columnOf(key, scope, 'PARTITION BY of MATCH_RECOGNIZE'));
  const keys = ref.orderBy.map(({ expr, direction, nulls }): SortKey => {
    const descending = direction === 'DESC';
    const column = columnOf(expr, scope, 'ORDER BY of MATCH_RECOGNIZE');
    return { column, descending, nullsFirst: nulls === undefined ? !descending : nulls === 'FIRST' };
  });
  const inPattern = patternNames(ref.pattern);
  const names = [...new Set([...inPattern, ...otherNames(ref)])];
  checkDefinitions(ref);
  const skip = bindSkip(ref, inPattern);
  const binder = new MatchBinder(ref, input, names, keys, env);
  const measures = ref.measures.map(({ expr }) => binder.measure(expr));
  const conditions = inPattern.map((name, i) => {
    const definition = ref.define.find((one) => one.name.name === name);
    return definition && binder.condition(definition.condition, i);
  });
  const columns = measureColumns(ref, input, partition, measures);
  checkOrder(keys, input, ref, env);
  const items = bindPattern(ref.pattern, env.text);
  if (ref.rowsPerMatch === 'ALL ROWS') {
    throw refused('All rows per match mode is not supported yet.', ref.span, 'ONE ROW PER MATCH');
  }
  const within = bindWithin(ref.within, env);
  return binder.finish({ items, conditions, measures, partition, keys, skip, within, columns });
}

function otherNames(ref: MatchRecognize): readonly string[] {
  return [...ref.define, ...ref.subsets].map(({ name }) => name.name);
}

function checkDefinitions({ define }: MatchRecognize): void {
  define.forEach(({ name, span }, i) => {
    if (define.findIndex((other) => other.name.name === name.name) === i) return;
    throw invalid(`Pattern variable '${name.name}' has already been defined`, span);
  });
}

function columnOf(node: sql.Expr, scope: Scope, where: string): number {
  const column = node.kind === 'column' ? resolveName(scope, node.parts) : undefined;
  if (column?.kind === 'column') return column.index;
  throw invalid(`${where} takes names of columns`, node.span);
}

/** As Flink: the first key must be event time or processing time, ascending; in batch mode any timestamp. */
function checkOrder(keys: readonly SortKey[], input: LogicalPlan, ref: MatchRecognize, { options }: BindEnv): void {
  const [first] = keys;
  const isBatch = options.mode === 'batch';
  if (first === undefined) {
    throw refused(
      isBatch ? 'You must specify non-empty order by.' : 'You must specify either rowtime or proctime for order by.',
      ref.span,
    );
  }
  const { type, time } = input.schema[first.column]!;
  const { span } = ref.orderBy[0]!;
  if (!isTimestamp(type) || (!isBatch && time === undefined)) {
    throw refused(
      isBatch
        ? 'You must specify time point for order by as the first one.'
        : 'You must specify either rowtime or proctime for order by as the first one.',
      span,
      isTimestamp(type) ? 'the column needs a WATERMARK in its table' : undefined,
    );
  }
  if (first.descending) {
    throw refused(`Primary sort order of a ${isBatch ? '' : 'streaming '}table must be ascending on time.`, span);
  }
}

function bindSkip({ skip }: MatchRecognize, names: readonly string[]): MatchSkip {
  if (skip === undefined || skip.to === 'NEXT ROW') return { to: 'next', variable: undefined };
  if (skip.to === 'PAST LAST ROW') return { to: 'past-last', variable: undefined };
  const variable = names.indexOf(skip.variable!.name);
  if (variable < 0) throw invalid(`Unknown pattern '${skip.variable!.name}'`, skip.variable!.span);
  return { to: skip.to === 'FIRST' ? 'first' : 'last', variable };
}

function bindWithin(node: sql.Expr | undefined, env: BindEnv): Ms | undefined {
  if (node === undefined) return undefined;
  const expr = bindExpr(node, { env, scope: { relations: [] }, clause: 'WITHIN', places: new Map() });
  if (expr.kind === 'literal' && expr.type.kind === 'INTERVAL_DAY_TIME') {
    // Flink takes an interval of nothing for no bound at all.
    return expr.value === 0 ? undefined : (expr.value as Ms);
  }
  throw refused(
    'Only constant intervals with millisecond resolution are supported as time constraints of patterns.',
    node.span,
  );
}

/** The columns of the measures. @throws SQL_INVALID for names that occur twice */
function measureColumns(
  { measures, span }: MatchRecognize,
  input: LogicalPlan,
  partition: readonly number[],
  exprs: readonly Expr[],
): readonly ColumnSchema[] {
  if (measures.length === 0) throw invalid('MATCH_RECOGNIZE needs MEASURES', span);
  const names = new Set(partition.map((column) => input.schema[column]!.name));
  return measures.map(({ alias, expr: node }, i) => {
    const { name } = alias!;
    if (names.has(name)) throw invalid(`Columns ambiguously defined: {${name}}`, alias!.span);
    names.add(name);
    const expr = exprs[i]!;
    if (isBareNull(expr)) throw invalid('a measure needs a type: CAST(NULL AS INT)', node.span);
    const isRowtime = expr.kind === 'column' && expr.name === 'rowtime' && expr.index < 0;
    const isProctime = expr.kind === 'call' && expr.fn === 'PROCTIME';
    const time = isRowtime ? 'rowtime' : isProctime ? 'proctime' : undefined;
    return time === undefined ? { name, type: expr.type } : { name, type: expr.type, time };
  });
}

interface BoundParts {
  readonly items: readonly PatternItem[];
  readonly conditions: readonly (Expr | undefined)[];
  readonly measures: readonly Expr[];
  readonly partition: readonly number[];
  readonly keys: readonly SortKey[];
  readonly skip: MatchSkip;
  readonly within: Ms | undefined;
  readonly columns: readonly ColumnSchema[];
}

/** Binds conditions and measures; the expressions that aggregates read become further columns of the input. */
class MatchBinder {
  readonly #ref: MatchRecognize;
  readonly #input: LogicalPlan;
  readonly #env: BindEnv;
  readonly #variables: readonly string[];
  readonly #inMeasures: MatchNames;
  readonly #inConditions: MatchNames;
  readonly #timeColumn: number | undefined;
  readonly #extra: Expr[] = [];

  constructor(
    ref: MatchRecognize,
    input: LogicalPlan,
    names: readonly string[],
    keys: readonly SortKey[],
    env: BindEnv,
  ) {
    this.#ref = ref;
    this.#input = input;
    this.#env = env;
    this.#variables = patternNames(ref.pattern);
    this.#timeColumn = keys[0]?.column;
    const least = leastRows(ref, this.#variables);
    this.#inMeasures = new MatchNames(input.schema, names, (variable) =>
      variable === undefined ? least.reduce((sum, n) => sum + n, 0) : (least[variable] ?? 0),
    );
    // Any row but the current one may be missing while a match is being made.
    this.#inConditions = new MatchNames(input.schema, names, (variable) => (variable === undefined ? 1 : 0));
  }

  measure(node: sql.Expr): Expr {
    return bindExpr(node, this.#context(this.#inMeasures, 'MEASURES'));
  }

  condition(node: sql.Expr, _variable: number): Expr {
    const condition = bindExpr(node, this.#context(this.#inConditions, 'DEFINE'));
    if (condition.type.kind === 'BOOLEAN') return condition;
    const found = typeToString(condition.type, { nullability: false });
    throw new MillraceError('SQL_TYPE', `DEFINE clause must be a condition, not ${found}`, { span: node.span });
  }

  #context(names: MatchNames, clause: 'MEASURES' | 'DEFINE'): ExprContext {
    const calls: MatchCalls = {
      names,
      clause,
      timeType: this.#input.schema[this.#timeColumn ?? 0]!.type,
      inputColumn: (expr) => this.#inputColumn(expr),
    };
    const context: ExprContext = {
      env: this.#env,
      scope: names.scope(false, 0),
      clause,
      places: new Map(),
      match: (node, inner) => bindMatchCall(node, inner, calls),
      aggregate: (node) => bindMatchAggregate(node, context, calls),
    };
    return context;
  }

  #inputColumn(expr: Expr): number {
    if (expr.kind === 'column') return expr.index;
    let index = this.#extra.findIndex((known) => sameExpr(known, expr));
    if (index < 0) index = this.#extra.push(expr) - 1;
    return this.#input.schema.length + index;
  }

  finish({ items, conditions, measures, columns, ...parts }: BoundParts): Match {
    const variables = items.map(({ name, min, max, greedy }, i): MatchVariable => {
      const { own, condition, slots } = this.#split(conditions[i], i);
      return { name, min, max, greedy, own, condition, slots };
    });
    const read = this.#slots(measures, this.#inMeasures);
    const own = this.#input.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
    const extra = this.#extra.map((expr, i) => ({ name: `$agg${i}`, expr }));
    const input = extra.length === 0 ? this.#input : project(this.#input, [...own, ...extra], this.#ref.span);
    const keyColumns = parts.partition.map((column) => {
      const { name, type } = this.#input.schema[column]!;
      return { name, type };
    });
    const { span } = this.#ref;
    const schema = [...keyColumns, ...columns];
    return { kind: 'match', input, variables, measures: read.exprs, slots: read.slots, ...parts, schema, span };
  }

  /** The parts of a condition that look at the current row alone, over the columns of the input, and the others. */
  #split(condition: Expr | undefined, variable: number): Pick<MatchVariable, 'own' | 'condition' | 'slots'> {
    const names = this.#inConditions;
    const isCurrent = (slot: MatchSlot): boolean =>
      slot.kind === 'row' &&
      slot.offset === 0 &&
      (slot.variable === undefined ? !slot.first : !slot.first && slot.variable === variable);
    const parts = conjuncts(condition);
    const isOwn = (part: Expr): boolean => [...columnsOf(part)].every((number) => isCurrent(names.slot(number)));
    const own = andAll(
      parts.filter(isOwn).map((part) => remapColumns(part, (n) => (names.slot(n) as { column: number }).column)),
    );
    const { exprs, slots } = this.#slots(
      parts.filter((part) => !isOwn(part)),
      names,
    );
    return { own, condition: andAll(exprs), slots };
  }

  /** Expressions over the slots that they read. */
  #slots(
    exprs: readonly Expr[],
    names: MatchNames,
  ): { readonly exprs: readonly Expr[]; readonly slots: readonly MatchSlot[] } {
    const numbers = [...new Set(exprs.flatMap((expr) => [...columnsOf(expr)]))];
    return {
      exprs: exprs.map((expr) => remapColumns(expr, (number) => numbers.indexOf(number))),
      slots: numbers.map((number) => names.slot(number)),
    };
  }
}

/** How many rows each variable of the pattern has at least. */
function leastRows(ref: MatchRecognize, names: readonly string[]): readonly number[] {
  const items = ref.pattern.kind === 'patternSequence' ? ref.pattern.items : [ref.pattern];
  return names.map((_, i) => {
    const item = items[i];
    if (item?.kind === 'patternVariable') return 1;
    return item?.kind === 'patternQuantified' ? item.min : 0;
  });
}

const invalid = (reason: string, span: Span): MillraceError => new MillraceError('SQL_INVALID', reason, { span });
const refused = (reason: string, span: Span, hint?: string): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', reason, { span, hint });
