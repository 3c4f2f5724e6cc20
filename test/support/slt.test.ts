import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareResult } from './slt-compare.ts';
import { parseJson, readNdjson, textOfJson } from './slt-text.ts';
import { parseSlt, printSlt } from './slt.ts';
import type { SltOptions, SltResult, SltRow } from './slt.ts';

const folder = join(import.meta.dirname, '../sql');
const paths = readdirSync(folder).filter((name) => name.endsWith('.slt'));

const example = `# About windows.
--- set table.local-time-zone = Asia/Tokyo
--- setup
CREATE TABLE t (k STRING);

--- query counts
--- order by w
SELECT 1;
SELECT w, k FROM t;
--- columns
w TIMESTAMP(3) NOT NULL
k STRING
\`a b\` DECIMAL(5, 2)
m MULTISET<STRING>
d DOUBLE
--- rows
+I [2024-01-01 00:00:10.000, "NULL", 1.10, "{a=1, b=2}", 1.0]
+I [2024-01-01 00:00:10.000, NULL, NULL, "{b=1}", 1.0E-5]
-U [2024-01-01 00:00:20.000, "x, \\"y\\"", -0.05, "{}", NaN]

--- query mistake
SELECT x;
--- at 1 8 1 8
--- error planning
Column 'x' not found
in any table

--- query not recorded
--- mode batch
SELECT 2;

--- query nothing
INSERT INTO t SELECT 1;
--- ok
`;

const rows = (result: SltResult | undefined): readonly SltRow[] => (result?.kind === 'rows' ? result.rows : []);

describe('parseSlt', () => {
  it('reads options, results, errors and records without result', () => {
    const [counts, mistake, open, nothing] = parseSlt(example).records;
    expect(counts?.options).toMatchObject({
      mode: 'streaming',
      order: { kind: 'by', column: 'w' },
      settings: [['table.local-time-zone', 'Asia/Tokyo']],
    });
    expect(counts?.sql).toBe('SELECT 1;\nSELECT w, k FROM t;');
    expect(rows(counts?.result).map((row) => [row.kind, ...row.values])).toEqual([
      ['+I', '2024-01-01 00:00:10.000', 'NULL', '1.10', '{a=1, b=2}', '1.0'],
      ['+I', '2024-01-01 00:00:10.000', null, null, '{b=1}', '1.0E-5'],
      ['-U', '2024-01-01 00:00:20.000', 'x, "y"', '-0.05', '{}', 'NaN'],
    ]);
    expect(mistake?.result).toEqual({
      kind: 'error',
      message: "Column 'x' not found\nin any table",
      phase: 'planning',
      at: [1, 8, 1, 8],
    });
    expect(open?.result).toBeUndefined();
    expect(open?.options.mode).toBe('batch');
    expect(nothing?.result).toEqual({ kind: 'ok' });
  });

  it('gives printed text back', () => expect(printSlt(parseSlt(example))).toBe(example));

  it.each([
    ['a name twice', '--- query a\nSELECT 1;\n--- query a\nSELECT 2;', /line 3: this name is taken/],
    ['a row that is none', '--- query a\nSELECT 1;\n--- columns\nx INT\n--- rows\n+X [1]', /line 6: expected a row/],
    [
      'too few values',
      '--- query a\nSELECT 1;\n--- columns\nx INT\ny INT\n--- rows\n+I [1]',
      /a: a row has not as many/,
    ],
    ['an unknown option', '--- query a\n--- nosuch option\nSELECT 1;', /unknown option: nosuch option/],
    ['text before the first marker', 'SELECT 1;', /line 1: expected a comment/],
  ])('refuses %s', (_, text, message) => expect(() => parseSlt(text)).toThrow(message));
});

describe('the recorded files', () => {
  it.each(paths)('%s is complete and printed as the recorder prints it', (path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    const file = parseSlt(text);
    expect(printSlt(file)).toBe(text);
    for (const record of file.records) expect(record.result, record.name).toBeDefined();
  });

  it('hold at least 320 queries', () => {
    const counts = paths.map((path) => parseSlt(readFileSync(join(folder, path), 'utf8')).records.length);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(320);
  });

  it('differ from every mutation of themselves', () => {
    for (const path of paths) {
      for (const { name, options, result } of parseSlt(readFileSync(join(folder, path), 'utf8')).records) {
        if (result === undefined) continue;
        expect(compareResult(result, result, options), name).toBeUndefined();
        for (const wrong of mutations(result, options))
          expect(compareResult(result, wrong, options), `${path}: ${name}`).toBeTypeOf('string');
      }
    }
  });
});

/** Results that are wrong in one thing each. */
function mutations(result: SltResult, { order }: SltOptions): SltResult[] {
  if (result.kind !== 'rows') {
    const other: SltResult = result.kind === 'ok' ? { kind: 'error', message: 'failed' } : { kind: 'ok' };
    return [{ kind: 'rows', columns: [], rows: [{ kind: '+I', values: [] }] }, other];
  }
  const { columns, rows } = result;
  const [first, second] = rows;
  const wrong: SltResult[] = [
    { kind: 'ok' },
    { kind: 'error', message: 'failed' },
    { kind: 'rows', columns: columns.map((c, i) => (i === 0 ? { ...c, type: `${c.type} X` } : c)), rows },
    { kind: 'rows', columns: columns.map((c, i) => (i === 0 ? { ...c, name: `${c.name}x` } : c)), rows },
    { kind: 'rows', columns: columns.slice(1), rows },
  ];
  if (first === undefined) return [...wrong, { kind: 'rows', columns, rows: [{ kind: '+I', values: [] }] }];
  wrong.push(
    { kind: 'rows', columns, rows: rows.slice(1) },
    { kind: 'rows', columns, rows: [...rows, first] },
    { kind: 'rows', columns, rows: [{ ...first, kind: first.kind === '-D' ? '+I' : '-D' }, ...rows.slice(1)] },
  );
  if (order.kind === 'exact' && second !== undefined && JSON.stringify(first) !== JSON.stringify(second))
    wrong.push({ kind: 'rows', columns, rows: [second, first, ...rows.slice(2)] });
  for (let i = 0; i < columns.length; i++) {
    const values = first.values.map((value, at) => (at === i ? (value === null ? '7' : null) : value));
    wrong.push({ kind: 'rows', columns, rows: [{ ...first, values }, ...rows.slice(1)] });
    const text = first.values[i];
    if (text === null || text === undefined) continue;
    const digit = text.replace(/DOUBLE|FLOAT/.test(columns[i]?.type ?? '') ? /[1-9]/ : /[1-9](?!.*[1-9])/, (d) =>
      String((Number(d) % 9) + 1),
    );
    const other = first.values.map((value, at) => (at === i ? (digit === text ? `${text}1` : digit) : value));
    wrong.push({ kind: 'rows', columns, rows: [{ ...first, values: other }, ...rows.slice(1)] });
  }
  return wrong;
}

describe('compareResult', () => {
  const result = (lines: string, columns = 'k STRING\nn BIGINT\n'): SltResult =>
    parseSlt(`--- query q\nSELECT 1;\n--- columns\n${columns}--- rows\n${lines}`).records[0]?.result ?? { kind: 'ok' };
  const a = '+I ["a", 1]';
  const b = '+I ["b", 1]';
  const a2 = '-U ["a", 1]\n+U ["a", 2]';

  it('exact: in this order', () => {
    expect(compareResult(result(`${a}\n${b}`), result(`${b}\n${a}`))).toMatch(/another order, first at 1/);
  });
  it('any: as a multiset', () => {
    const any = { order: { kind: 'any' }, approx: 0 } as const;
    expect(compareResult(result(`${a}\n${b}`), result(`${b}\n${a}`), any)).toBeUndefined();
    expect(compareResult(result(`${a}\n${a}\n${b}`), result(`${b}\n${b}\n${a}`), any)).toMatch(/- \+I \["a", 1\]/);
  });
  it('by a column: its runs in order, rows of a run in any', () => {
    const byN = { order: { kind: 'by', column: 'n' }, approx: 0 } as const;
    const c = '+I ["c", 2]';
    expect(compareResult(result(`${a}\n${b}\n${c}`), result(`${b}\n${a}\n${c}`), byN)).toBeUndefined();
    expect(compareResult(result(`${a}\n${b}\n${c}`), result(`${a}\n${c}\n${b}`), byN)).toBeTypeOf('string');
  });
  it('per key: the changes of a key in order, keys interleaved', () => {
    const perK = { order: { kind: 'per', column: 'k' }, approx: 0 } as const;
    expect(compareResult(result(`${a}\n${a2}\n${b}`), result(`${b}\n${a}\n${a2}`), perK)).toBeUndefined();
    expect(compareResult(result(`${a}\n${a2}\n${b}`), result(`${a2}\n${a}\n${b}`), perK)).toBeTypeOf('string');
  });
  it('keeps zeros of decimals and texts, not of doubles', () => {
    const one = (value: string, type: string): SltResult => result(`+I [${value}]`, `x ${type}\n`);
    expect(compareResult(one('1.10', 'DECIMAL(3, 2)'), one('1.1', 'DECIMAL(3, 2)'))).toBeTypeOf('string');
    expect(compareResult(one('"1.0"', 'STRING'), one('"1"', 'STRING'))).toBeTypeOf('string');
    expect(compareResult(one('1.0E10', 'DOUBLE'), one('10000000000', 'DOUBLE'))).toBeUndefined();
    expect(compareResult(one('0.1', 'FLOAT'), one('0.10000000149011612', 'FLOAT'))).toBeUndefined();
    expect(compareResult(one('0.1', 'DOUBLE'), one('0.10000000149011612', 'DOUBLE'))).toBeTypeOf('string');
    expect(compareResult(one('0.0', 'DOUBLE'), one('-0.0', 'DOUBLE'))).toBeTypeOf('string');
    expect(compareResult(one('"{a=1, b=2}"', 'MAP<STRING, INT>'), one('"{b=2, a=1}"', 'MAP<STRING, INT>'))).toBe(
      undefined,
    );
  });
  it('approx: doubles within the relative error', () => {
    const near = { order: { kind: 'exact' }, approx: 1e-12 } as const;
    const d = (value: string): SltResult => result(`+I [${value}]`, 'x DOUBLE\n');
    expect(compareResult(d('1.0'), d('1.0000000000001'), near)).toBeUndefined();
    expect(compareResult(d('1.0'), d('1.00000000001'), near)).toBeTypeOf('string');
    expect(compareResult(d('NaN'), d('1.0'), near)).toBeTypeOf('string');
  });
  it('errors: the fact, the phase and the place count', () => {
    const error = { kind: 'error', message: 'a', phase: 'planning', at: [1, 8, 1, 9] } as const;
    expect(compareResult(error, { kind: 'error', message: 'b', at: [1, 8] })).toBeUndefined();
    expect(compareResult(error, { kind: 'error', message: 'b' })).toBeUndefined();
    expect(compareResult(error, { kind: 'error', message: 'b', at: [1, 9] })).toMatch('at 1:8, not at 1:9');
    expect(compareResult(error, { kind: 'error', message: 'b', phase: 'runtime' })).toMatch('of planning');
    const anywhere = { order: { kind: 'exact' }, approx: 0, place: false } as const;
    expect(compareResult(error, { kind: 'error', message: 'b', at: [1, 9] }, anywhere)).toBeUndefined();
  });
  it('shows at most twelve lines', () => {
    const many = Array.from({ length: 30 }, (_, i) => `+I ["a", ${i}]`).join('\n');
    const diff = compareResult(result(many), result(a)) ?? '';
    expect(diff.split('\n').length).toBe(14);
    expect(diff).toMatch('17 more');
  });
});

describe('textOfJson', () => {
  it.each([
    ['1.1', 'DECIMAL(5, 2) NOT NULL', '1.10'],
    ['1E+3', 'DECIMAL(8, 1)', '1000.0'],
    ['0', 'DECIMAL(10, 8)', '0.00000000'],
    ['9223372036854775807', 'BIGINT', '9223372036854775807'],
    ['1.0E-5', 'DOUBLE', '1.0E-5'],
    ['"NaN"', 'DOUBLE', 'NaN'],
    ['true', 'BOOLEAN', 'TRUE'],
    ['"2024-01-01T00:00:00.1"', 'TIMESTAMP(3)', '2024-01-01 00:00:00.100'],
    ['"2024-01-01T00:00:00Z"', 'TIMESTAMP_LTZ(0) NOT NULL', '2024-01-01 00:00:00'],
    ['"12:34:56.7"', 'TIME(3)', '12:34:56.700'],
    ['"Cv8="', 'BYTES', "x'0aff'"],
    ['[1,null]', 'ARRAY<INTEGER>', '[1, NULL]'],
    ['{"b":2.5,"a":1}', 'ROW<`a` INTEGER, `b` DECIMAL(3, 2) NOT NULL>', '(1, 2.50)'],
    ['{"x":{"y":true}}', 'MAP<STRING, MAP<STRING, BOOLEAN>>', '{x={y=TRUE}}'],
    ['{"a":2}', 'MULTISET<STRING>', '{a=2}'],
    ['-10800000', 'INTERVAL(2) DAY TIME', '-0 03:00:00.000'],
    ['18', 'INTERVAL(2) YEAR MONTH', '+1-06'],
    ['null', 'INTEGER', null],
  ])('%s of %s is %s', (json, type, text) => expect(textOfJson(parseJson(json), type)).toBe(text));
});

describe('readNdjson', () => {
  it('gives the result of each statement that has one', () => {
    const output = `{"query":2,"columns":[{"name":"k","type":"STRING"},{"name":"d","type":"DECIMAL(3, 2)"}]}
{"kind":"+I","row":["1",1.1]}
{"query":3,"error":"no \\"x\\"","at":[1,8,1,8]}
`;
    const results = readNdjson(output, 'json');
    expect([...results.keys()]).toEqual([2, 3]);
    expect(rows(results.get(2))).toEqual([{ kind: '+I', values: ['1', '1.10'] }]);
    expect(results.get(3)).toEqual({ kind: 'error', message: 'no "x"', at: [1, 8, 1, 8] });
  });
});
