/** Expressions → text, with the fewest parentheses that read back as the same tree. */
import type { DateTimeLiteral, Expr } from './ast-expr.ts';
import { jsonPrinters } from './print-json.ts';
import { commas, opt, type Printer, printName, printParameter, printPath, quoteString, when } from './print-text.ts';
import { printCall, printTableArgument } from './print-call.ts';
import { printQualifier, printType } from './print-type.ts';
import { binaryPower, power } from './precedence.ts';

/** One printer for each kind of node. */
export type Printers<N extends { readonly kind: string }> = {
  readonly [K in N['kind']]: (p: Printer, node: Extract<N, { readonly kind: K }>) => string;
};

export function printExpr(p: Printer, expr: Expr, least = 0): string {
  const print = printers[expr.kind] as (p: Printer, node: Expr) => string;
  const text = print(p, expr);
  return strength(expr) < least ? `(${text})` : text;
}

/** How tightly the printed form binds. */
function strength(expr: Expr): number {
  if (expr.kind === 'binaryOp') return binaryPower(expr.operator);
  if (expr.kind === 'unary') return expr.operator === 'NOT' ? power.NOT : power.SIGN;
  return strengths[expr.kind] ?? power.POSTFIX;
}

const strengths: Readonly<Partial<Record<Expr['kind'], number>>> = {
  is: power.IS,
  distinctFrom: power.COMPARE,
  period: power.COMPARE,
  between: power.RANGE,
  inList: power.RANGE,
  inQuery: power.RANGE,
  quantified: power.RANGE,
  // Its pattern takes BETWEEN and IN that follow, so it cannot be their operand without parentheses.
  like: power.COMPARE + 1,
};

const dateTimeWords: Readonly<Record<DateTimeLiteral['type'], string>> = {
  DATE: 'DATE',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_LTZ: 'TIMESTAMP WITH LOCAL TIME ZONE',
};

/** Operands that `.` and `[ ]` may follow as they are. */
const attachable = new Set<Expr['kind']>([
  'column',
  'call',
  'element',
  'field',
  'scalarQuery',
  'row',
  'array',
  'map',
  'multiset',
  'cast',
]);

function base(p: Printer, operand: Expr): string {
  return attachable.has(operand.kind) ? p.expr(operand) : `(${p.expr(operand)})`;
}

const list = (p: Printer, items: readonly Expr[]): string => commas(items, (item) => p.expr(item));
const optExpr = (p: Printer, before: string, expr: Expr | undefined): string => opt(before, expr, (e) => p.expr(e));

const printers: Printers<Expr> = {
  null: () => 'NULL',
  boolean: (_, e) => (e.value === null ? 'UNKNOWN' : e.value ? 'TRUE' : 'FALSE'),
  number: (_, e) => e.text,
  string: (_, e) => quoteString(e.value),
  binary: (_, e) => `x'${e.hex}'`,
  datetime: (_, e) => `${dateTimeWords[e.type]} ${quoteString(e.text)}`,
  interval: (_, e) => `INTERVAL ${when(e.negative, '-')}${quoteString(e.text)} ${printQualifier(e.qualifier)}`,
  intervalDifference: (p, e) =>
    `(${p.expr(e.left, power.ADD)} - ${p.expr(e.right, power.ADD + 1)}) ${printQualifier(e.qualifier)}`,
  parameter: (_, e) => printParameter(e),
  default: () => 'DEFAULT',
  column: (_, e) => e.parts.map(printName).join('.'),
  star: (_, e) => [...e.parts.map(printName), '*'].join('.'),

  unary: (p, e) =>
    e.operator === 'NOT' ? `NOT ${p.expr(e.operand, power.NOT + 1)}` : e.operator + p.expr(e.operand, power.SIGN + 1),
  binaryOp: (p, e) =>
    `${p.expr(e.left, binaryPower(e.operator))} ${e.operator} ${p.expr(e.right, binaryPower(e.operator) + 1)}`,
  period: (p, e) => `${p.expr(e.left, power.COMPARE)} ${e.operator} ${p.expr(e.right, power.COMPARE + 1)}`,
  is: (p, e) => `${p.expr(e.operand, power.IS)} IS ${when(e.negated, 'NOT ')}${e.test}`,
  distinctFrom: (p, e) =>
    `${p.expr(e.left, power.COMPARE)} IS ${when(e.negated, 'NOT ')}DISTINCT FROM ${p.expr(e.right, power.COMPARE + 1)}`,
  between: (p, e) =>
    `${p.expr(e.operand, power.RANGE)} ${when(e.negated, 'NOT ')}BETWEEN ${when(e.symmetric, 'SYMMETRIC ')}` +
    `${p.expr(e.low, power.RANGE + 1)} AND ${p.expr(e.high, power.RANGE + 1)}`,
  inList: (p, e) => `${p.expr(e.operand, power.RANGE)} ${when(e.negated, 'NOT ')}IN (${list(p, e.list)})`,
  inQuery: (p, e) => `${p.expr(e.operand, power.RANGE)} ${when(e.negated, 'NOT ')}IN (${p.query(e.query)})`,
  like: (p, e) =>
    `${p.expr(e.operand, power.LIKE + 1)} ${when(e.negated, 'NOT ')}${e.operator} ${p.expr(e.pattern, power.LIKE + 1)}` +
    opt(' ESCAPE ', e.escape, (escape) => p.expr(escape, power.LIKE + 1)),
  quantified: (p, e) =>
    `${p.expr(e.left, power.RANGE)} ${e.operator} ${e.quantifier} (${e.query === undefined ? list(p, e.items) : p.query(e.query)})`,

  exists: (p, e) => `${e.unique ? 'UNIQUE' : 'EXISTS'} (${p.query(e.query)})`,
  scalarQuery: (p, e) => `(${p.query(e.query)})`,
  collectionQuery: (p, e) => `${e.collection}(${p.query(e.query)})`,
  case: (p, e) =>
    `CASE${optExpr(p, ' ', e.operand)}${e.branches.map((b) => ` WHEN ${list(p, b.when)} THEN ${p.expr(b.then)}`).join('')}` +
    `${optExpr(p, ' ELSE ', e.otherwise)} END`,
  cast: (p, e) => `${e.mode}(${p.expr(e.operand)} AS ${printType(e.type)})`,

  call: printCall,
  extract: (p, e) => `EXTRACT(${e.unit} FROM ${p.expr(e.operand)})`,
  // Behind an interval TO would belong to the interval.
  roundTo: (p, e) => `${e.direction}(${base(p, e.operand)} TO ${e.unit})`,
  timestampAdd: (p, e) => `TIMESTAMPADD(${e.unit}, ${p.expr(e.count)}, ${p.expr(e.operand)})`,
  timestampDiff: (p, e) => `TIMESTAMPDIFF(${e.unit}, ${p.expr(e.from)}, ${p.expr(e.to)})`,
  position: (p, e) =>
    `POSITION(${p.expr(e.needle, power.POSTFIX)} IN ${p.expr(e.haystack)}${optExpr(p, ' FROM ', e.from)})`,
  substring: (p, e) => `SUBSTRING(${p.expr(e.operand)} FROM ${p.expr(e.from)}${optExpr(p, ' FOR ', e.length)})`,
  trim: (p, e) => `TRIM(${e.mode}${optExpr(p, ' ', e.characters)} FROM ${p.expr(e.operand)})`,
  overlay: (p, e) =>
    `OVERLAY(${p.expr(e.operand)} PLACING ${p.expr(e.placing)} FROM ${p.expr(e.from)}${optExpr(p, ' FOR ', e.length)})`,
  using: (p, e) => `TRANSLATE(${p.expr(e.operand)} USING ${printName(e.charset)})`,
  ...jsonPrinters,

  row: (p, e) => `${when(e.explicit, 'ROW')}(${list(p, e.items)})`,
  array: (p, e) => `ARRAY[${list(p, e.items)}]`,
  multiset: (p, e) => `MULTISET[${list(p, e.items)}]`,
  map: (p, e) => `MAP[${commas(e.entries, ({ key, value }) => `${p.expr(key)}, ${p.expr(value)}`)}]`,
  element: (p, e) => `${base(p, e.operand)}[${p.expr(e.index)}]`,
  field: (p, e) =>
    `${e.operand.kind === 'column' ? `(${p.expr(e.operand)})` : base(p, e.operand)}.${printName(e.name)}`,
  runningFinal: (p, e) => `${e.mode} ${p.expr(e.operand)}`,

  namedArgument: (p, e) => `${printName(e.name)} => ${p.expr(e.value)}`,
  tableArgument: printTableArgument,
  modelArgument: (_, e) => `MODEL ${printPath(e.path)}`,
  descriptor: (_, e) => `DESCRIPTOR(${commas(e.columns, printName)})`,
};
