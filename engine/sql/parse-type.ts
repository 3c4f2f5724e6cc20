/** Types as they are written in DDL and CAST. */
import { basicTypeNames, type BasicTypeName, type RowTypeField, type TypeName } from './ast-type.ts';
import { isName, type Cursor } from './cursor.ts';
import { isIntervalUnit, parseIntervalQualifier } from './parse-literal.ts';

/** A type with an optional NOT NULL or NULL behind it: columns, fields, elements. */
export function parseColumnType(c: Cursor): TypeName {
  const start = c.mark();
  let type = parseBare(c);
  for (;;) {
    const collection = collectionAhead(c);
    if (collection === undefined) return { ...type, nullable: nullability(c), span: c.span(start) };
    const element = { ...type, nullable: nullability(c), span: c.span(start) };
    c.advance();
    type = { kind: collection, element, nullable: undefined, span: c.span(start) };
  }
}

/** A type without nullability: CAST, RETURNING. Only here, and not inside another type, Flink takes an INTERVAL. */
export function parseType(c: Cursor): TypeName {
  const start = c.mark();
  let type = c.is('INTERVAL') ? parseIntervalType(c) : parseBare(c);
  for (;;) {
    const collection = c.eatOne('ARRAY', 'MULTISET');
    if (collection === undefined) return type;
    const kind = collection === 'ARRAY' ? 'arrayType' : 'multisetType';
    type = { kind, element: type, nullable: undefined, span: c.span(start) };
  }
}

/** `INT [NOT NULL] ARRAY`: is a collection of what was read so far behind its nullability? */
function collectionAhead(c: Cursor): 'arrayType' | 'multisetType' | undefined {
  c.expect('ARRAY');
  c.expect('MULTISET');
  const distance = c.sees(0, 'NOT', 'NULL') ? 2 : c.sees(0, 'NULL') ? 1 : 0;
  const { key } = c.peek(distance);
  return key === 'ARRAY' ? 'arrayType' : key === 'MULTISET' ? 'multisetType' : undefined;
}

function nullability(c: Cursor): boolean | undefined {
  if (c.eat('NULL')) return true;
  if (!c.eat('NOT')) return undefined;
  c.need('NULL');
  return false;
}

/** Names that are read as another one. */
const synonyms: Readonly<Record<string, BasicTypeName>> = {
  INTEGER: 'INT',
  DEC: 'DECIMAL',
  NUMERIC: 'DECIMAL',
  CHARACTER: 'CHAR',
};
const basic = new Set<string>([...basicTypeNames, ...Object.keys(synonyms)]);
const composite = ['ARRAY', 'MAP', 'MULTISET', 'ROW', 'RAW', 'STRUCTURED'];
/** How many arguments a type takes in parentheses. */
const maxArguments: Readonly<Partial<Record<BasicTypeName, number>>> = {
  CHAR: 1,
  VARCHAR: 1,
  BINARY: 1,
  VARBINARY: 1,
  DECIMAL: 2,
  TIME: 1,
  TIMESTAMP: 1,
  TIMESTAMP_LTZ: 1,
};

function parseBare(c: Cursor): TypeName {
  c.expect('<type>');
  if (c.recording) for (const name of [...basic, ...composite]) c.expect(`~${name}`);
  const start = c.mark();
  const { key } = c.token;
  if (basic.has(key)) return parseBasic(c, start);
  switch (key) {
    case 'ARRAY':
    case 'MULTISET':
      return parseCollection(c, key, start);
    case 'MAP':
      return parseMap(c, start);
    case 'ROW':
      return parseRow(c, start);
    case 'STRUCTURED':
      return parseStructured(c, start);
    case 'RAW':
      return parseRaw(c, start);
    case 'INTERVAL':
      c.fail(undefined, 'Flink has intervals in expressions, not as columns or parts of other types');
  }
  if (!isName(c.token)) c.fail();
  return { kind: 'namedType', path: c.path('name'), nullable: undefined, span: c.span(start) };
}

/** `INTERVAL DAY TO SECOND(3)`. */
export function parseIntervalType(c: Cursor): TypeName {
  const start = c.mark();
  if (!isIntervalUnit(c.peek(1))) c.fail();
  c.need('INTERVAL');
  return { kind: 'intervalType', qualifier: parseIntervalQualifier(c), nullable: undefined, span: c.span(start) };
}

function parseBasic(c: Cursor, start: number): TypeName {
  const word = c.advance().key;
  let name = synonyms[word] ?? (word as BasicTypeName);
  if (name === 'DOUBLE') c.eat('PRECISION');
  if (name === 'CHAR' && c.eat('VARYING')) name = 'VARCHAR';
  if (name === 'BINARY' && c.eat('VARYING')) name = 'VARBINARY';
  const limit = maxArguments[name] ?? 0;
  const args = limit > 0 && c.eat('(') ? [c.integer()] : [];
  if (args.length > 0) {
    if (limit === 2 && c.eat(',')) args.push(c.integer());
    c.need(')');
  }
  if (name === 'TIME' || name === 'TIMESTAMP') name = timeZone(c, name);
  return { kind: 'basicType', name, arguments: args, nullable: undefined, span: c.span(start) };
}

function timeZone(c: Cursor, name: 'TIME' | 'TIMESTAMP'): BasicTypeName {
  if (c.eat('WITHOUT')) {
    c.need('TIME', 'ZONE');
    return name;
  }
  if (!c.eat('WITH')) return name;
  c.need('LOCAL', 'TIME', 'ZONE');
  if (name === 'TIME') c.fail('TIME WITH LOCAL TIME ZONE is no type of Flink');
  return 'TIMESTAMP_LTZ';
}

function parseCollection(c: Cursor, word: 'ARRAY' | 'MULTISET', start: number): TypeName {
  if (!c.sees(1, '<')) c.fail();
  c.need(word, '<');
  const element = parseColumnType(c);
  c.need('>');
  const kind = word === 'ARRAY' ? 'arrayType' : 'multisetType';
  return { kind, element, nullable: undefined, span: c.span(start) };
}

function parseMap(c: Cursor, start: number): TypeName {
  c.need('MAP', '<');
  const key = parseColumnType(c);
  c.need(',');
  const value = parseColumnType(c);
  c.need('>');
  return { kind: 'mapType', key, value, nullable: undefined, span: c.span(start) };
}

function parseRow(c: Cursor, start: number): TypeName {
  c.need('ROW');
  let fields: RowTypeField[] = [];
  if (!c.eat('<>')) {
    const close = c.needOne('<', '(') === '<' ? '>' : ')';
    if (!c.is(close)) fields = c.list(() => parseField(c));
    c.need(close);
  }
  return { kind: 'rowType', fields, nullable: undefined, span: c.span(start) };
}

function parseField(c: Cursor): RowTypeField {
  const start = c.mark();
  const name = c.name('name');
  const type = parseColumnType(c);
  return { kind: 'rowTypeField', name, type, comment: c.stringOpt(), span: c.span(start) };
}

function parseStructured(c: Cursor, start: number): TypeName {
  c.need('STRUCTURED', '<');
  const className = c.string();
  const fields: RowTypeField[] = [];
  while (c.eat(',')) fields.push(parseField(c));
  c.need('>');
  return { kind: 'structuredType', className, fields, nullable: undefined, span: c.span(start) };
}

function parseRaw(c: Cursor, start: number): TypeName {
  c.need('RAW', '(');
  const className = c.string();
  c.need(',');
  const snapshot = c.string();
  c.need(')');
  return { kind: 'rawType', className, snapshot, nullable: undefined, span: c.span(start) };
}
