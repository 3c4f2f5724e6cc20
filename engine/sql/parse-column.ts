/** What stands between the parentheses of CREATE TABLE: columns, watermarks, constraints; and distribution behind them. */
import type { Column, Constraint, Distribution, Watermark } from './ast-ddl.ts';
import type { Identifier } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseComment } from './parse-common.ts';
import { parseColumnType } from './parse-type.ts';

/** The elements of a schema, sorted by what they are. */
export interface Schema {
  readonly columns: Column[];
  readonly columnNames: Identifier[];
  readonly watermarks: Watermark[];
  readonly constraints: Constraint[];
}

export function emptySchema(): Schema {
  return { columns: [], columnNames: [], watermarks: [], constraints: [] };
}

/** `(a INT, WATERMARK FOR .., PRIMARY KEY ..)`, or a list of names alone, or nothing. */
export function parseSchema(c: Cursor): Schema {
  const schema = emptySchema();
  if (!c.is('(')) return schema;
  c.parenList(() => {
    if (!parseRule(c, schema)) parseColumnOrName(c, schema);
  });
  return schema;
}

/** A watermark or a constraint, put into the schema; false when there is none here. */
export function parseRule(c: Cursor, schema: Pick<Schema, 'watermarks' | 'constraints'>): boolean {
  if (c.is('WATERMARK')) {
    if (schema.watermarks.length > 0) c.fail('a table can have only one WATERMARK');
    schema.watermarks.push(parseWatermark(c));
    return true;
  }
  if (!c.is('CONSTRAINT') && !c.is('PRIMARY') && !c.is('UNIQUE')) return false;
  schema.constraints.push(parseConstraint(c));
  return true;
}

function parseColumnOrName(c: Cursor, schema: Schema): void {
  const next = c.peek(1).key;
  const first = schema.columns.length + schema.columnNames.length === 0;
  if (schema.columnNames.length > 0 || (first && (next === ',' || next === ')')))
    schema.columnNames.push(c.name('name'));
  else schema.columns.push(parseColumn(c));
}

export function parseColumn(c: Cursor): Column {
  const start = c.mark();
  const name = c.name('name');
  if (c.eat('AS')) {
    const expr = c.expr();
    return { kind: 'computedColumn', name, expr, comment: parseComment(c), span: c.span(start) };
  }
  const type = parseColumnType(c);
  if (c.eat('METADATA')) {
    const from = c.eat('FROM') ? c.string() : undefined;
    const virtual = c.eat('VIRTUAL');
    return { kind: 'metadataColumn', name, type, from, virtual, comment: parseComment(c), span: c.span(start) };
  }
  const constraint = columnConstraint(c);
  return { kind: 'physicalColumn', name, type, constraint, comment: parseComment(c), span: c.span(start) };
}

function parseWatermark(c: Cursor): Watermark {
  const start = c.mark();
  c.need('WATERMARK', 'FOR');
  const column = c.path('column');
  c.need('AS');
  return { kind: 'watermark', column, expr: c.expr(), span: c.span(start) };
}

function columnConstraint(c: Cursor): Constraint | undefined {
  if (!c.is('CONSTRAINT') && !c.is('PRIMARY') && !c.is('UNIQUE')) return undefined;
  const start = c.mark();
  const head = constraintHead(c);
  return { kind: 'constraint', ...head, columns: [], enforced: enforcement(c), span: c.span(start) };
}

function parseConstraint(c: Cursor): Constraint {
  const start = c.mark();
  const head = constraintHead(c);
  const columns = c.parenList(() => c.name('column'));
  return { kind: 'constraint', ...head, columns, enforced: enforcement(c), span: c.span(start) };
}

function constraintHead(c: Cursor): Pick<Constraint, 'name' | 'type'> {
  const name = c.eat('CONSTRAINT') ? c.name('name') : undefined;
  if (c.needOne('PRIMARY', 'UNIQUE') === 'UNIQUE') return { name, type: 'UNIQUE' };
  c.need('KEY');
  return { name, type: 'PRIMARY KEY' };
}

function enforcement(c: Cursor): boolean | undefined {
  if (c.eat('ENFORCED')) return true;
  if (!c.eat('NOT')) return undefined;
  c.need('ENFORCED');
  return false;
}

/** What stands behind DISTRIBUTED and DISTRIBUTION: `BY [HASH|RANGE] (a) [INTO n BUCKETS]`, `INTO n BUCKETS`. */
export function parseDistribution(c: Cursor): Distribution {
  const start = c.mark();
  let method: Distribution['method'];
  let columns: Identifier[] = [];
  const by = c.eat('BY');
  if (by) {
    method = c.eatOne('HASH', 'RANGE');
    columns = c.parenList(() => c.name('column'));
  }
  if (!by && !c.is('INTO')) c.fail();
  const buckets = c.eat('INTO') ? c.integer() : undefined;
  if (buckets !== undefined) c.need('BUCKETS');
  return { kind: 'distribution', method, columns, buckets, span: c.span(start) };
}
