/** Random syntax trees, of the shapes that the parser gives (some others, as a list of one parenthesised query after IN, have no text of their own). */
import fc from 'fast-check';
import { binaryOperators, isTests, timeUnits, type Expr } from '../../../engine/sql/ast-expr.ts';
import type { TypeName } from '../../../engine/sql/ast-type.ts';
import type { Query } from '../../../engine/sql/ast-query.ts';

const depth = 'sql';
const span = { start: 0, end: 0 };
const opt = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });
const few = <T>(value: fc.Arbitrary<T>, minLength = 1): fc.Arbitrary<T[]> =>
  fc.array(value, { minLength, maxLength: 3 });
/** The parts are checked by the parser, which gives the same tree back. */
const node = (kind: string, parts: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<any> =>
  fc.record(parts).map((value) => ({ kind, ...value, span }));
const one = <T extends string | number | boolean>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const names = [
  'a',
  'B',
  'order',
  'value',
  'my col',
  'back`tick',
  'ünï',
  'map',
  'key',
  'if',
  'count',
  'type',
  '$x',
  'FIRST',
  'offset',
  '1st',
  'default',
];
const identifier = node('identifier', { name: one(...names), quoted: fc.constant(false) });
const path = node('path', { parts: few(identifier) });
const string = node('string', { value: fc.oneof(fc.string(), one("it's", '', '--', '/*', ';', '\n')) });
const number = fc.oneof(
  node('number', { form: one('integer'), text: one('0', '12', '9223372036854775808') }),
  node('number', { form: one('decimal'), text: one('1.50', '.5', '1.') }),
  node('number', { form: one('double'), text: one('1e3', '1.5E-3') }),
);
const qualifier = fc.oneof(
  node('intervalQualifier', {
    from: one('DAY', 'HOUR', 'MONTH', 'WEEK', 'QUARTER'),
    precision: fc.constant(undefined),
    to: fc.constant(undefined),
    fraction: fc.constant(undefined),
  }),
  node('intervalQualifier', {
    from: one('DAY', 'HOUR', 'MINUTE'),
    precision: opt(one(2, 3)),
    to: one('SECOND' as const),
    fraction: opt(one(0, 3)),
  }),
  node('intervalQualifier', {
    from: one('SECOND'),
    precision: one(2),
    to: fc.constant(undefined),
    fraction: opt(one(3)),
  }),
  node('intervalQualifier', {
    from: one('YEAR'),
    precision: opt(one(4)),
    to: one('MONTH' as const),
    fraction: fc.constant(undefined),
  }),
);

const nullable = fc.constantFrom(true, false, undefined);
const types = fc.letrec<{ column: any }>((tie) => {
  const basic = fc.oneof(
    node('basicType', {
      name: one('INT', 'STRING', 'DOUBLE', 'BOOLEAN', 'VARIANT'),
      arguments: fc.constant([]),
      nullable,
    }),
    node('basicType', {
      name: one('CHAR', 'VARCHAR', 'TIMESTAMP', 'TIMESTAMP_LTZ', 'TIME', 'BINARY'),
      arguments: fc.constantFrom([], [3]),
      nullable,
    }),
    node('basicType', { name: one('DECIMAL'), arguments: fc.constantFrom([], [10], [38, 18]), nullable }),
    node('namedType', {
      path: node('path', { parts: few(node('identifier', { name: one('my', 'type'), quoted: fc.constant(false) })) }),
      nullable,
    }),
  );
  const field = node('rowTypeField', { name: identifier, type: tie('column'), comment: opt(string) });
  return {
    column: fc.oneof(
      { maxDepth: 3 },
      basic,
      node('arrayType', { element: tie('column'), nullable }),
      node('multisetType', { element: tie('column'), nullable }),
      node('mapType', { key: tie('column'), value: tie('column'), nullable }),
      node('rowType', { fields: few(field, 0), nullable }),
    ),
  };
});
export const columnType: fc.Arbitrary<TypeName> = types.column;
/** CAST takes no nullability outside. */
const castType = fc.oneof(
  columnType.map((type) => ({ ...type, nullable: undefined })),
  node('intervalType', { qualifier, nullable: fc.constant(undefined) }),
);

const trees = fc.letrec<Record<'expr' | 'query' | 'body' | 'table' | 'order' | 'window', any>>((tie) => {
  const expr = tie('expr');
  const column = node('column', { parts: few(identifier) });
  const call = node('call', {
    name: node('path', {
      parts: fc.oneof(
        fc.tuple(node('identifier', { name: one('COUNT', 'upper', 'my_f', 'LAST'), quoted: fc.constant(false) })),
        fc.tuple(identifier, node('identifier', { name: one('f'), quoted: fc.constant(false) })),
      ),
    }),
    quantifier: fc.constantFrom(undefined, 'DISTINCT' as const, 'ALL' as const),
    arguments: few(expr.filter(({ kind }) => kind !== 'scalarQuery')),
    parentheses: fc.constant(true),
    orderBy: fc.oneof(fc.constant([]), few(tie('order'))),
    withinGroup: fc.oneof(fc.constant([]), few(tie('order'))),
    nulls: fc.constantFrom(undefined, 'IGNORE' as const, 'RESPECT' as const),
    filter: opt(expr),
    over: opt(fc.oneof(identifier, tie('window'))),
  });
  const leaves = fc.oneof(
    column,
    string,
    number,
    node('null', {}),
    node('boolean', { value: fc.constantFrom(true, false, null) }),
    node('binary', { hex: one('', '0aFF') }),
    node('datetime', { type: one('DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ'), text: fc.string() }),
    node('interval', { negative: fc.boolean(), text: one('1', '1 02:03'), qualifier }),
    node('parameter', { form: one('named', 'spread'), source: one('x', 'limit') }),
    node('parameter', { form: one('template'), source: one('x.y', "f({a: '}}'})") }),
  );
  const operators = fc.oneof(
    node('binaryOp', { operator: fc.constantFrom(...binaryOperators), left: expr, right: expr }),
    node('unary', { operator: one('NOT', '-', '+'), operand: expr }),
    node('is', { test: fc.constantFrom(...isTests), negated: fc.boolean(), operand: expr }),
    node('distinctFrom', { negated: fc.boolean(), left: expr, right: expr }),
    node('between', { negated: fc.boolean(), symmetric: fc.boolean(), operand: expr, low: expr, high: expr }),
    node('like', {
      operator: one('LIKE', 'ILIKE', 'RLIKE', 'SIMILAR TO'),
      negated: fc.boolean(),
      operand: expr,
      pattern: expr,
      escape: opt(expr),
    }),
    node('inList', {
      negated: fc.boolean(),
      operand: expr,
      list: few(expr).filter(([first]) => first?.kind !== 'scalarQuery'),
    }),
    node('inQuery', { negated: fc.boolean(), operand: expr, query: tie('query') }),
    node('period', { operator: one('OVERLAPS', 'CONTAINS', 'IMMEDIATELY PRECEDES'), left: expr, right: expr }),
  );
  const forms = fc.oneof(
    call,
    node('case', { operand: opt(expr), branches: few(node('caseBranch', { when: expr.map((e) => [e]), then: expr })), otherwise: opt(expr) }),
    node('cast', { mode: one('CAST', 'TRY_CAST'), operand: expr, type: castType }),
    node('extract', { unit: fc.constantFrom(...timeUnits), operand: expr }),
    node('roundTo', { direction: one('FLOOR', 'CEIL'), operand: expr, unit: fc.constantFrom(...timeUnits) }),
    node('timestampAdd', { unit: fc.constantFrom(...timeUnits), count: expr, operand: expr }),
    node('position', { needle: expr, haystack: expr, from: opt(expr) }),
    node('substring', { operand: expr, from: expr, length: opt(expr) }),
    node('trim', { mode: one('BOTH', 'LEADING', 'TRAILING'), characters: opt(expr), operand: expr }),
    node('overlay', { operand: expr, placing: expr, from: expr, length: opt(expr) }),
    node('row', { explicit: fc.constant(true), items: few(expr) }),
    node('row', { explicit: fc.constant(false), items: few(expr, 2).filter(([first]) => first?.kind !== 'scalarQuery') }),
    node('array', { items: few(expr, 0) }),
    node('map', { entries: few(fc.record({ key: expr, value: expr }), 0) }),
    node('element', { operand: expr, index: expr }),
    node('field', { operand: expr.filter(({ kind }) => kind !== 'field'), name: identifier }),
    node('exists', { unique: fc.boolean(), query: tie('query') }),
    node('scalarQuery', { query: tie('query').filter(({ body }) => body.kind !== 'query') }),
    node('jsonCall', {
      name: one('JSON_VALUE'), operand: expr, path: string, returning: opt(castType), wrapper: fc.constant(undefined),
      onEmpty: opt(fc.oneof(fc.record({ kind: one('behavior'), action: one('NULL', 'ERROR') }), fc.record({ kind: one('behavior'), action: one('DEFAULT'), value: expr }))),
      onError: opt(fc.record({ kind: one('behavior'), action: one('NULL', 'ERROR') })),
    }),
    node('jsonObject', { aggregate: fc.constant(false), entries: few(node('jsonEntry', { key: expr, value: expr, formatJson: fc.boolean() }), 0), onNull: fc.constantFrom(undefined, 'NULL' as const, 'ABSENT' as const) }),
  ); // prettier-ignore

  const bound = fc.oneof(
    node('frameBound', {
      bound: one('UNBOUNDED PRECEDING', 'CURRENT ROW', 'UNBOUNDED FOLLOWING'),
      offset: fc.constant(undefined),
    }),
    node('frameBound', { bound: one('PRECEDING', 'FOLLOWING'), offset: expr }),
  );
  const alias = opt(node('tableAlias', { name: identifier, columns: few(identifier, 0) }));
  const hints = fc.oneof(
    fc.constant([]),
    few(
      node('hint', {
        name: identifier,
        options: few(node('hintOption', { key: fc.oneof(string, identifier), value: string }), 0),
        arguments: few(fc.oneof(identifier, string), 0),
      }),
      1,
    ),
  );
  const select = node('select', {
    hints, quantifier: fc.constantFrom(undefined, 'DISTINCT' as const), stream: fc.constant(false),
    items: few(node('selectItem', { expr, alias: opt(identifier) })),
    from: tie('table'), where: opt(expr), groupBy: opt(node('groupBy', { quantifier: fc.constant(undefined), items: few(fc.oneof(expr, node('emptyGroup', {}), node('groupingSets', { form: one('GROUPING SETS', 'ROLLUP', 'CUBE'), items: few(expr) }))) })),
    having: opt(expr), windows: few(node('namedWindow', { name: identifier, spec: tie('window') }), 0), qualify: opt(expr),
  }); // prettier-ignore
  const row = node('row', {
    explicit: fc.constant(false),
    items: few(expr).filter(
      ([first, second]) => second !== undefined || (first?.kind !== 'row' && first?.kind !== 'scalarQuery'),
    ),
  });
  const plainQuery = node('query', {
    recursive: fc.constant(false),
    with: fc.oneof(
      { maxDepth: 4, depthIdentifier: depth },
      fc.constant([]),
      few(node('commonTable', { name: identifier, columns: few(identifier, 0), query: tie('query') })),
    ),
    body: tie('body'),
    orderBy: few(tie('order'), 0),
    offset: opt(number),
    limit: opt(number),
  });
  const tableSource = fc.oneof(
    node('namedTable', { path, hints, systemTime: opt(column), alias }),
    node('queryTable', {
      lateral: fc.boolean(),
      query: tie('query').filter(({ body }) => body.kind !== 'query'),
      alias,
    }),
    node('unnest', { lateral: fc.constant(false), items: few(column), ordinality: fc.boolean(), alias }),
  );
  const condition = fc.oneof(
    fc.record({ on: opt(expr), using: fc.constant(undefined) }),
    fc.record({ on: fc.constant(undefined), using: few(identifier) }),
  );
  const join = fc
    .tuple(tie('table'), tableSource, one('INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'COMMA'), condition)
    .filter(([left, , type]) => type === 'COMMA' || !(left.kind === 'join' && left.type === 'COMMA'))
    .map(([left, right, type, on]) => {
      const none = type === 'CROSS' || type === 'COMMA';
      return {
        kind: 'join' as const,
        type,
        natural: false,
        left,
        right,
        ...(none ? { on: undefined, using: undefined } : on),
        span,
      };
    });

  return {
    expr: fc.oneof({ maxDepth: 4, depthIdentifier: depth }, leaves, operators, forms),
    order: node('orderItem', { expr, direction: fc.constantFrom(undefined, 'ASC' as const, 'DESC' as const), nulls: fc.constantFrom(undefined, 'FIRST' as const, 'LAST' as const) }),
    window: node('windowSpec', { base: opt(identifier), partitionBy: few(expr, 0), orderBy: few(tie('order'), 0), frame: opt(node('windowFrame', { unit: one('ROWS', 'RANGE'), start: bound, end: opt(bound) })), allowPartial: fc.constantFrom(undefined, true, false) }),
    query: plainQuery,
    body: fc.oneof(
      { maxDepth: 4, depthIdentifier: depth },
      node('explicitTable', { path }),
      node('values', { rows: few(row) }),
      select,
      node('setOperation', { operator: one('UNION', 'INTERSECT', 'EXCEPT'), all: fc.boolean(), left: tie('body'), right: tie('body') }),
    ),
    table: fc.oneof({ maxDepth: 4, depthIdentifier: depth }, tableSource, join),
  }; // prettier-ignore
});

export const expression: fc.Arbitrary<Expr> = trees.expr;
export const query: fc.Arbitrary<Query> = trees.query;
