import { describe, expect, it } from 'vitest';
import { parseExpression, parseQuery, parseScript, parseStatement, parseTypeName } from '../../../engine/sql/parse.ts';
import { printExpr, printQuery, printStatement } from '../../../engine/sql/print.ts';
import { printType } from '../../../engine/sql/print-type.ts';
import { bare, dataLines, nodes, printedPairs } from './text.ts';

describe('everything that Flink parses', () => {
  for (const [text, printed] of printedPairs('data/expressions.txt')) {
    it(text, () => {
      const expr = parseExpression(text);
      expect(printExpr(expr)).toBe(printed);
      expect(bare(parseExpression(printed))).toEqual(bare(expr));
    });
  }

  for (const file of ['data/queries.txt', 'data/statements.txt']) {
    for (const [text, printed] of printedPairs(file)) {
      it(text, () => {
        const statement = parseStatement(text);
        expect(printStatement(statement)).toBe(printed);
        expect(bare(parseStatement(printed))).toEqual(bare(statement));
      });
    }
  }

  for (const line of dataLines('data/features.txt')) {
    const [name, text] = line.split(' | ') as [string, string];
    it(`feature: ${name}`, () => {
      const statement = parseStatement(text);
      expect(bare(parseStatement(printStatement(statement)))).toEqual(bare(statement));
    });
  }

  for (const line of dataLines('flink/statements.jsonl')) {
    const { id, expression, statement } = JSON.parse(line) as { id: string; expression?: string; statement?: string };
    it(`Flink's ${id}`, () => {
      if (expression !== undefined) {
        const expr = parseExpression(expression);
        expect(bare(parseExpression(printExpr(expr)))).toEqual(bare(expr));
      } else {
        const tree = parseStatement(statement!);
        expect(bare(parseStatement(printStatement(tree)))).toEqual(bare(tree));
      }
    });
  }
});

describe('trees', () => {
  it('keep the case of names, and know back-ticks', () => {
    expect(parseExpression('Tbl.`my col`')).toMatchObject({
      kind: 'column',
      parts: [
        { name: 'Tbl', quoted: false },
        { name: 'my col', quoted: true },
      ],
    });
  });

  it('bind operators as Calcite does', () => {
    expect(parseExpression('a OR NOT b = c + d * -e')).toMatchObject({
      operator: 'OR',
      right: {
        operator: 'NOT',
        operand: { operator: '=', right: { operator: '+', right: { operator: '*', right: { operator: '-' } } } },
      },
    });
    expect(parseExpression('a = b IN (c)')).toMatchObject({ operator: '=', right: { kind: 'inList' } });
    expect(parseExpression('a IS NULL = b')).toMatchObject({ operator: '=', left: { kind: 'is' } });
    expect(parseExpression('a || b + c')).toMatchObject({ operator: '+', left: { operator: '||' } });
  });

  it('read the value of every form of string', () => {
    const value = (text: string): unknown => (parseExpression(text) as { value: unknown }).value;
    expect(value("'it''s'")).toBe("it's");
    expect(value("U&'\\263A x'")).toBe('☺ x');
    expect(value("U&'#263A' UESCAPE '#'")).toBe('☺');
    expect(value("E'a\\n\\101\\x41\\u00e9\\U0001F600\\q'")).toBe('a\nAAé😀\\q');
    expect(value("_UTF16'abc'")).toBe('abc');
    expect(value("'a' 'b'")).toBe('ab');
  });

  it('have intersections inside unions', () => {
    expect(parseQuery('SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4').body).toMatchObject({
      operator: 'EXCEPT',
      left: { operator: 'UNION', right: { operator: 'INTERSECT' } },
    });
  });

  it('tell (ROW(1, 2)) of VALUES from a row in a row, as Flink does', () => {
    const rows = (text: string): unknown => (parseQuery(text).body as unknown as { rows: unknown }).rows;
    expect(rows('VALUES (ROW(1, 2))')).toMatchObject([{ explicit: true, items: [{ text: '1' }, { text: '2' }] }]);
    expect(rows('VALUES ((1, 2))')).toMatchObject([{ explicit: false, items: [{ kind: 'row' }] }]);
    expect(rows('VALUES 1, (2)')).toMatchObject([{ items: [{ text: '1' }] }, { items: [{ text: '2' }] }]);
  });

  it('read a parenthesis that turns out to be a query', () => {
    const text = 'SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS u WHERE a IN ((SELECT 3) LIMIT 1)';
    expect(parseStatement(text)).toMatchObject({
      query: {
        body: {
          from: { kind: 'queryTable', alias: { name: { name: 'u' } } },
          where: { kind: 'inQuery', query: { limit: { text: '1' } } },
        },
      },
    });
  });

  it('take values from outside where a value, a table or an option stands', () => {
    const text = "INSERT INTO :sink SELECT * FROM {{ frame({a: '}'}) }} WHERE k IN (:...keys) AND x > :limit";
    expect(parseStatement(text)).toMatchObject({
      target: { form: 'named', source: 'sink' },
      query: {
        body: {
          from: { kind: 'parameterTable', parameter: { form: 'template', source: "frame({a: '}'})" } },
          where: {
            left: { list: [{ form: 'spread', source: 'keys' }] },
            right: { right: { form: 'named', source: 'limit' } },
          },
        },
      },
    });
    expect(parseStatement("CREATE TABLE t (a INT) WITH ('path' = :file)")).toMatchObject({
      options: [{ value: { source: 'file' } }],
    });
    expect(parseExpression("JSON_OBJECT('a':b)")).toMatchObject({
      entries: [{ key: { value: 'a' }, value: { kind: 'column' } }],
    });
  });

  it('read types', () => {
    const types = [
      'ROW<a INT NOT NULL, b ARRAY<STRING NOT NULL> NULL>',
      'MAP<STRING, DECIMAL(38, 18)>',
      'TIMESTAMP_LTZ(3) NOT NULL',
      'INTERVAL DAY(3) TO SECOND(3)',
    ];
    for (const type of types) expect(printType(parseTypeName(type))).toBe(type);
    expect(printType(parseTypeName('timestamp(3) with local time zone'))).toBe('TIMESTAMP_LTZ(3)');
    expect(printType(parseTypeName('INT ARRAY NOT NULL MULTISET'))).toBe('MULTISET<ARRAY<INT> NOT NULL>');
  });

  it('have spans that hold their children and end at tokens', () => {
    for (const file of ['data/queries.txt', 'data/statements.txt']) {
      for (const [text] of printedPairs(file)) {
        for (const { kind, span } of nodes(parseStatement(`  ${text} ;`))) {
          const piece = `  ${text} ;`.slice(span.start, span.end);
          expect(piece.trim(), `${kind} in ${text}`).toBe(piece);
        }
      }
    }
    const [one] = nodes(parseStatement('SELECT a + b FROM t'));
    expect(one?.span).toEqual({ start: 0, end: 19 });
  });

  it('are printed as queries, too', () => {
    expect(printQuery(parseQuery('select  A.x\n from t A -- note'))).toBe('SELECT A.x FROM t AS A');
  });
});

describe('scripts', () => {
  const script = `-- first
CREATE TABLE t (a INT); ;
SELECT ';' /* ; */ FROM t;

SELCT 2;
EXECUTE STATEMENT SET BEGIN
  INSERT INTO x SELECT 1;
  INSERT INTO y SELECT 2;
END;
SELECT a FROM
`;

  it('count statements from 1, and hold the comments before them', () => {
    const parts = parseScript(script);
    expect(parts.map(({ number, text }) => [number, text.split('\n')[0]])).toEqual([
      [1, '-- first'],
      [2, "SELECT ';' /* ; */ FROM t"],
      [3, 'SELCT 2'],
      [4, 'EXECUTE STATEMENT SET BEGIN'],
      [5, 'SELECT a FROM'],
    ]);
    for (const { text, start, end } of parts) expect(script.slice(start, end)).toBe(text);
  });

  it('report every error at once, and parse the rest', () => {
    const parts = parseScript(script);
    expect(parts.map(({ statement, error }) => statement?.kind ?? error?.hint ?? error?.reason)).toEqual([
      'createTable',
      'queryStatement',
      'did you mean SELECT?',
      'statementSet',
      'the statement goes on with "(", LATERAL, UNNEST, TABLE or the name of a table',
    ]);
    expect(parts[2]?.error?.text).toBe(script);
  });

  it('are empty when there is nothing but comments', () => {
    expect(parseScript(' -- nothing\n ; ')).toEqual([]);
    expect(() => parseStatement('')).toThrow('there is no statement');
  });

  it('keep BEGIN STATEMENT SET and END as statements', () => {
    expect(
      parseScript('BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END;').map(({ statement }) => statement?.kind),
    ).toEqual(['statementSetMark', 'insert', 'statementSetMark']);
  });
});
