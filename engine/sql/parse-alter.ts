/** ALTER and DROP. */
import type { Node, Path, Statement } from './ast.ts';
import type {
  AlterMaterializedTable,
  ChangeSchema,
  Drop,
  OptionsChange,
  PartitionSpec,
  PlacedColumn,
  TableChange,
  Watermark,
  Constraint,
} from './ast-ddl.ts';
import type { Cursor } from './cursor.ts';
import { parseColumn, parseDistribution, parseRule } from './parse-column.ts';
import { ifExists, ifNotExists, parseKeys, parseOptions, parsePartition, parseWith } from './parse-common.ts';
import { parseFreshness, parseLanguage, parseRefreshMode } from './parse-create.ts';

export function parseAlter(c: Cursor): Statement {
  const start = c.mark();
  c.need('ALTER');
  if (c.eat('TABLE')) return alterTable(c, start);
  if (c.eat('MATERIALIZED')) return alterMaterializedTable(c, start);
  if (c.eat('VIEW')) return alterView(c, start);
  if (c.is('TEMPORARY') || c.is('FUNCTION')) return alterFunction(c, start);
  if (c.eat('CATALOG')) return alterCatalog(c, start);
  if (c.eat('DATABASE')) return alterDatabase(c, start);
  const object = c.needOne('MODEL', 'CONNECTION');
  const exists = ifExists(c);
  const path = c.path(object === 'MODEL' ? 'model' : 'connection');
  const change = optionsChange(c) ?? rename(c);
  return {
    kind: object === 'MODEL' ? 'alterModel' : 'alterConnection',
    ifExists: exists,
    path,
    change,
    span: c.span(start),
  };
}

function alterTable(c: Cursor, start: number): Statement {
  const exists = ifExists(c);
  const path = c.path('table');
  const change = tableRename(c) ?? tableChange(c) ?? c.fail();
  return { kind: 'alterTable', ifExists: exists, path, change, span: c.span(start) };
}

/** `RENAME TO t2`, `RENAME a TO b`. */
function tableRename(c: Cursor): TableChange | undefined {
  if (!c.is('RENAME')) return undefined;
  if (c.sees(1, 'TO')) return rename(c);
  const start = c.mark();
  c.need('RENAME');
  const column = c.path('column');
  c.need('TO');
  return { kind: 'renameColumn', column, to: c.name('name'), span: c.span(start) };
}

function rename(c: Cursor): Node & { kind: 'renameTable'; to: Path } {
  const start = c.mark();
  c.need('RENAME', 'TO');
  return { kind: 'renameTable', to: c.path('name'), span: c.span(start) };
}

function optionsChange(c: Cursor): OptionsChange | undefined {
  const start = c.mark();
  if (c.eat('SET')) return { kind: 'setOptions', options: parseOptions(c), span: c.span(start) };
  if (c.eat('RESET')) return { kind: 'resetOptions', keys: parseKeys(c), span: c.span(start) };
  return undefined;
}

/** What tables and materialized tables can both be told. */
function tableChange(c: Cursor): TableChange | undefined {
  const start = c.mark();
  const options = optionsChange(c);
  if (options !== undefined) return options;
  if (c.eat('ADD')) return addPartitions(c, start) ?? changeSchema(c, 'ADD', start);
  if (c.eat('MODIFY')) return changeSchema(c, 'MODIFY', start);
  return c.eat('DROP') ? dropPart(c, start) : undefined;
}

function changeSchema(c: Cursor, action: ChangeSchema['action'], start: number): ChangeSchema {
  const rules: { watermarks: Watermark[]; constraints: Constraint[] } = { watermarks: [], constraints: [] };
  const columns: PlacedColumn[] = [];
  if (c.eat('DISTRIBUTION')) {
    const distribution = parseDistribution(c);
    return { kind: 'changeSchema', action, columns, ...rules, distribution, span: c.span(start) };
  }
  const element = (): void => {
    if (!parseRule(c, rules)) columns.push(placedColumn(c));
  };
  if (c.is('(')) c.parenList(element);
  else element();
  return { kind: 'changeSchema', action, columns, ...rules, distribution: undefined, span: c.span(start) };
}

function placedColumn(c: Cursor): PlacedColumn {
  const start = c.mark();
  const column = parseColumn(c);
  const place = c.eatOne('FIRST', 'AFTER');
  const after = place === 'AFTER' ? c.name('column') : undefined;
  return { kind: 'placedColumn', column, first: place === 'FIRST', after, span: c.span(start) };
}

/** `[IF NOT EXISTS] PARTITION (..) [WITH (..)] PARTITION (..) ..` or nothing. */
function addPartitions(c: Cursor, start: number): TableChange | undefined {
  const exists = ifNotExists(c);
  if (!exists && !c.sees(0, 'PARTITION', '(')) return undefined;
  const partitions: PartitionSpec[] = [];
  do partitions.push(partitionSpec(c, true));
  while (c.is('PARTITION'));
  return { kind: 'addPartitions', ifNotExists: exists, partitions, span: c.span(start) };
}

function partitionSpec(c: Cursor, withOptions: boolean): PartitionSpec {
  const start = c.mark();
  if (!c.is('PARTITION')) c.fail();
  const items = parsePartition(c);
  return { kind: 'partitionSpec', items, options: withOptions ? parseWith(c) : [], span: c.span(start) };
}

function dropPart(c: Cursor, start: number): TableChange {
  if (c.eat('PRIMARY')) {
    c.need('KEY');
    return { kind: 'dropPrimaryKey', span: c.span(start) };
  }
  if (c.eat('CONSTRAINT')) return { kind: 'dropConstraint', name: c.name('name'), span: c.span(start) };
  if (c.eat('WATERMARK')) return { kind: 'dropWatermark', span: c.span(start) };
  if (c.eat('DISTRIBUTION')) return { kind: 'dropDistribution', span: c.span(start) };
  const exists = ifExists(c);
  if (exists || c.sees(0, 'PARTITION', '(')) {
    const partitions = c.list(() => partitionSpec(c, false));
    return { kind: 'dropPartitions', ifExists: exists, partitions, span: c.span(start) };
  }
  const columns = c.is('(') ? c.parenList(() => c.path('column')) : [c.path('column')];
  return { kind: 'dropColumns', columns, span: c.span(start) };
}

function alterMaterializedTable(c: Cursor, start: number): AlterMaterializedTable {
  c.need('TABLE');
  const path = c.path('table');
  return { kind: 'alterMaterializedTable', path, change: materializedChange(c), span: c.span(start) };
}

function materializedChange(c: Cursor): AlterMaterializedTable['change'] {
  const start = c.mark();
  if (c.eat('SUSPEND')) return { kind: 'suspend', span: c.span(start) };
  if (c.eat('RESUME')) return { kind: 'resume', options: parseWith(c), span: c.span(start) };
  if (c.eat('REFRESH')) return { kind: 'refresh', partition: parsePartition(c), span: c.span(start) };
  if (c.eat('AS')) return { kind: 'asQuery', query: c.query(), span: c.span(start) };
  if (c.eatAll('SET', 'FRESHNESS')) return { kind: 'setFreshness', freshness: parseFreshness(c)!, span: c.span(start) };
  if (c.eatAll('SET', 'REFRESH_MODE'))
    return { kind: 'setRefreshMode', mode: parseRefreshMode(c), span: c.span(start) };
  return tableChange(c) ?? c.fail();
}

function alterView(c: Cursor, start: number): Statement {
  const path = c.path('view');
  const mark = c.mark();
  const change = c.eat('AS') ? ({ kind: 'asQuery', query: c.query(), span: c.span(mark) } as const) : rename(c);
  return { kind: 'alterView', path, change, span: c.span(start) };
}

function alterFunction(c: Cursor, start: number): Statement {
  const temporary = c.eat('TEMPORARY');
  const system = temporary && c.eat('SYSTEM');
  c.need('FUNCTION');
  const exists = ifExists(c);
  const path = c.path('function');
  c.need('AS');
  const className = c.string();
  const language = parseLanguage(c);
  return { kind: 'alterFunction', temporary, system, ifExists: exists, path, className, language, span: c.span(start) };
}

function alterCatalog(c: Cursor, start: number): Statement {
  const name = c.name('catalog');
  const mark = c.mark();
  const change = c.eat('COMMENT')
    ? ({ kind: 'setComment', comment: c.string(), span: c.span(mark) } as const)
    : (optionsChange(c) ?? c.fail());
  return { kind: 'alterCatalog', name, change, span: c.span(start) };
}

function alterDatabase(c: Cursor, start: number): Statement {
  const path = c.path('database');
  c.need('SET');
  return { kind: 'alterDatabase', path, options: parseOptions(c), span: c.span(start) };
}

/** `DROP [TEMPORARY [SYSTEM]] object [IF EXISTS] name [RESTRICT|CASCADE]`. */
export function parseDrop(c: Cursor): Drop {
  const start = c.mark();
  c.need('DROP');
  const temporary = c.eat('TEMPORARY');
  if (c.sees(0, 'SYSTEM', 'CONNECTION') && !temporary)
    c.fail('a system connection is temporary', 'write DROP TEMPORARY SYSTEM CONNECTION');
  const system = c.eat('SYSTEM');
  const object = dropObject(c, temporary, system);
  const exists = ifExists(c);
  const path = c.path(dropRoles[object]);
  const behavior = object === 'DATABASE' ? c.eatOne('RESTRICT', 'CASCADE') : undefined;
  return { kind: 'drop', object, temporary, system, ifExists: exists, path, behavior, span: c.span(start) };
}

const dropRoles = {
  TABLE: 'table',
  'MATERIALIZED TABLE': 'table',
  VIEW: 'view',
  FUNCTION: 'function',
  CATALOG: 'catalog',
  DATABASE: 'database',
  MODEL: 'model',
  CONNECTION: 'connection',
} as const satisfies Record<Drop['object'], string>;

function dropObject(c: Cursor, temporary: boolean, system: boolean): Drop['object'] {
  if (system) return c.needOne('FUNCTION', 'CONNECTION');
  if (!temporary && c.eat('MATERIALIZED')) {
    c.need('TABLE');
    return 'MATERIALIZED TABLE';
  }
  if (!temporary) c.expect('TEMPORARY');
  const object = c.eatOne('TABLE', 'VIEW', 'FUNCTION', 'MODEL', 'CONNECTION');
  return object ?? (temporary ? c.fail() : c.needOne('CATALOG', 'DATABASE'));
}
