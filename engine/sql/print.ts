/**
 * Syntax trees → SQL text that Flink reads, on one line; what is printed parses to the same tree (spans apart).
 *
 *   printStatement(parseStatement('select  A.x from t A -- note'))  → "SELECT A.x FROM t AS A"
 */
import type { Insert, Show, Statement, StatementSet } from './ast.ts';
import type { Expr } from './ast-expr.ts';
import type { Query } from './ast-query.ts';
import { printOrderBy, printWindow } from './print-call.ts';
import { ddlPrinters } from './print-ddl.ts';
import { printExpr as exprRule, type Printers } from './print-expr.ts';
import { printQuery as queryRule } from './print-query.ts';
import {
  commas,
  listOpt,
  opt,
  type Printer,
  printHints,
  printName,
  printOption,
  printOptions,
  printParameter,
  printPartition,
  printPath,
  printString,
  when,
} from './print-text.ts';

const printer: Printer = {
  expr: (expr, least) => exprRule(printer, expr, least),
  query: (query) => queryRule(printer, query),
  orderBy: (items) => printOrderBy(printer, items),
  window: (window) => printWindow(printer, window),
};

export function printStatement(statement: Statement): string {
  return (printers[statement.kind] as (p: Printer, statement: Statement) => string)(printer, statement);
}

export function printQuery(query: Query): string {
  return printer.query(query);
}

export function printExpr(expr: Expr): string {
  return printer.expr(expr);
}

function printInsert(p: Printer, s: Insert): string {
  return (
    `${s.upsert ? 'UPSERT' : 'INSERT'} ${s.overwrite ? 'OVERWRITE' : 'INTO'} ` +
    (s.target.kind === 'parameter' ? printParameter(s.target) : printPath(s.target)) +
    printHints(s.hints) +
    printPartition(p, s.partition) +
    listOpt(' ', s.columns, printPath) +
    ` ${p.query(s.query)}` +
    opt(' ON CONFLICT DO ', s.onConflict, String)
  );
}

function printStatementSet(p: Printer, { execute, statements }: StatementSet): string {
  const inserts = statements.map((insert) => `${printInsert(p, insert)}; `).join('');
  return `${when(execute, 'EXECUTE ')}STATEMENT SET BEGIN ${inserts}END`;
}

function printShow(p: Printer, { object, path, partition, like }: Show): string {
  const named = object.startsWith('CREATE') || object === 'PARTITIONS';
  return (
    `SHOW ${object}` +
    opt(named ? ' ' : ' FROM ', path, printPath) +
    printPartition(p, partition) +
    opt(' ', like, ({ negated, operator, pattern }) => `${when(negated, 'NOT ')}${operator} ${printString(pattern)}`)
  );
}

const printers: Printers<Statement> = {
  queryStatement: (p, s) => p.query(s.query),
  insert: printInsert,
  update: (p, s) =>
    `UPDATE ${printPath(s.target)}${printHints(s.hints)}${opt(' AS ', s.alias, printName)} SET ` +
    commas(s.assignments, ({ column, value }) => `${printName(column)} = ${p.expr(value)}`) +
    opt(' WHERE ', s.where, (condition) => p.expr(condition)),
  delete: (p, s) =>
    `DELETE FROM ${printPath(s.target)}${printHints(s.hints)}${opt(' AS ', s.alias, printName)}` +
    opt(' WHERE ', s.where, (condition) => p.expr(condition)),
  truncate: (_, s) => `TRUNCATE TABLE ${printPath(s.table)}`,
  callProcedure: (p, s) => `CALL ${printPath(s.name)}(${commas(s.arguments, (argument) => p.expr(argument))})`,
  statementSet: printStatementSet,
  statementSetMark: (_, s) => (s.mark === 'BEGIN' ? 'BEGIN STATEMENT SET' : 'END'),
  explain: (_, s) =>
    `EXPLAIN ${when(s.planFor, 'PLAN FOR ')}${when(s.details.length > 0, `${s.details.join(', ')} `)}${printStatement(s.statement)}`,
  compilePlan: (_, s) =>
    `COMPILE ${when(s.andExecute, 'AND EXECUTE ')}PLAN ${printString(s.file)}${when(s.ifNotExists, ' IF NOT EXISTS')} FOR ` +
    printStatement(s.statement),
  executePlan: (_, s) => `EXECUTE PLAN ${printString(s.file)}`,
  ...ddlPrinters,
  describe: (_, s) =>
    `DESCRIBE ${when(s.object !== 'TABLE', `${s.object} `)}${when(s.extended, 'EXTENDED ')}` +
    (s.path.kind === 'string' ? printString(s.path) : printPath(s.path)),
  show: printShow,
  use: (_, s) => `USE ${when(s.object !== 'DATABASE', `${s.object} `)}${commas(s.paths, printPath)}`,
  loadModule: (_, s) => `LOAD MODULE ${printName(s.name)}${printOptions(s.options)}`,
  unloadModule: (_, s) => `UNLOAD MODULE ${printName(s.name)}`,
  jar: (_, s) => `${s.action} JAR ${printString(s.uri)}`,
  set: (_, s) => `SET${opt(' ', s.option, printOption)}`,
  reset: (_, s) => `RESET${opt(' ', s.key, printString)}`,
  analyze: (p, s) =>
    `ANALYZE TABLE ${printPath(s.table)}${printPartition(p, s.partition)} COMPUTE STATISTICS` +
    when(s.allColumns, ' FOR ALL COLUMNS') +
    when(s.columns.length > 0, ` FOR COLUMNS ${commas(s.columns, printName)}`),
  stopJob: (_, s) =>
    `STOP JOB ${printString(s.job)}${when(s.savepoint, ' WITH SAVEPOINT')}${when(s.drain, ' WITH DRAIN')}`,
  clientCommand: (_, s) => s.command,
};
