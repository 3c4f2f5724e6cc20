import { describe, expect, test } from 'vitest';
import { makeDecoder } from '../../../engine/formats/registry.ts';
import * as T from '../../../engine/types/type.ts';
import { decodeText, decoderSpec } from '../../support/decode.ts';

const two = { a: T.STRING, b: T.STRING };
const decode = (columns: Record<string, T.DataType>, text: string, options: Record<string, string> = {}) =>
  decodeText(decoderSpec('csv', columns, options), text);
const lenient = { 'ignore-parse-errors': 'true' };

// Every expectation is what Flink 2.3 gave for the same file.
describe('csv as Flink reads it', () => {
  test('quotes, spaces and empty values', () => {
    expect(decode(two, 'a,b"c\n  lead, "q"\n"x" ,y\ntrail ,z \nü,€\n,\n')).toEqual([
      ['a', 'b"c'],
      ['  lead', ' "q"'],
      ['x', 'y'],
      ['trail ', 'z '],
      ['ü', '€'],
      ['', ''],
    ]);
    expect(decode(two, '"x" ,y\n', { 'disable-quote-character': 'true' })).toEqual([['"x" ', 'y']]);
    expect(decode(two, `'a;b';c\n'it''s';"d"\n`, { 'quote-character': "'", 'field-delimiter': ';' })).toEqual([
      ['a;b', 'c'],
      ["it's", '"d"'],
    ]);
  });

  test('types', () => {
    const row = T.ROW([
      { name: 'x', type: T.INT },
      { name: 'y', type: T.STRING },
    ]);
    const columns = {
      a: T.INT,
      b: T.STRING,
      c: T.DOUBLE,
      t: T.TIMESTAMP(3),
      bo: T.BOOLEAN,
      ar: T.ARRAY(T.INT),
      r: row,
    };
    const text =
      '1,abc,1.5,2024-01-01 00:00:00,true,1;2;3,4;y\n 2 ,"a ""q"" b",1e3,2024-01-02 03:04:05.5,TRUE,5,6;"z"\n' +
      '4," sp ",  7 ,"2024-01-01 00:00:00.123456789",no,1;3 ,\n5, lead,1,2024-01-01 00:00:00,false,,7;\r\n';
    const day = Date.UTC(2024, 0, 1);
    expect(decode(columns, text)).toEqual([
      [1, 'abc', 1.5, day, true, [1, 2, 3], [4, 'y']],
      [2, 'a "q" b', 1000, Date.UTC(2024, 0, 2, 3, 4, 5, 500), true, [5], [6, '"z"']],
      [4, ' sp ', 7, day + 123, false, [1, 3], null],
      [5, ' lead', 1, day, false, [], [7, '']],
    ]);
  });

  test('values that cannot be read are NULL when errors are ignored', () => {
    const columns = {
      a: T.STRING,
      d: T.DECIMAL(5, 2),
      dt: T.DATE,
      ti: T.TIME(3),
      by1: T.BYTES,
      f: T.FLOAT,
      bi: T.BIGINT,
      ty: T.TINYINT,
      ts: T.TIMESTAMP(6),
    };
    const text =
      'a,1.235,2024-01-01,10:11:12.5,aGVsbG8=,1.1,5,3,2024-01-01 00:00:00\n' +
      'b,1e2,2024-1-1,10:11,,1.1,5,300,2024-01-01T00:00:00\n' +
      'c, 1.5 ,2024-02-30,25:11,**,NaN,5.0,1,2024-01-01 00:00:00.123456\n' +
      'd,12345.6,2024-13-01,10:11:12.123456,**,1e50, 7,1,2024-02-30 25:00:00\ne,,,,,,,,\n';
    const f = Math.fround(1.1);
    const micros = BigInt(Date.UTC(2024, 0, 1)) * 1_000_000n;
    expect(decode(columns, text, lenient)).toEqual([
      ['a', 124n, 19723, 36_672_500, new TextEncoder().encode('hello'), f, 5n, 3, micros],
      ['b', 10000n, 19723, 36_660_000, new Uint8Array(0), f, 5n, null, null],
      ['c', null, 19783, null, null, NaN, null, 1, micros + 123_456_000n],
      ['d', null, null, 36_672_123, null, Infinity, 7n, 1, null],
      ['e', null, null, null, new Uint8Array(0), null, null, null, null],
    ]);
  });

  test('rows that cannot be read are skipped when errors are ignored, short ones filled up', () => {
    const decoder = makeDecoder(decoderSpec('csv', two, lenient));
    const text = 'a,b\n"c"x,d\ne,f\n"h""",i\na,b,c\nq,w,\n\nz\nlast,one';
    expect(decodeText(decoderSpec('csv', two), text, decoder)).toEqual([
      ['a', 'b'],
      ['e', 'f'],
      ['h"', 'i'],
      ['q', 'w'],
      ['', null],
      ['z', null],
      ['last', 'one'],
    ]);
    expect(decoder.takeSkipped()).toBe(2);
    const three = { a: T.INT, b: T.STRING, c: T.DOUBLE };
    expect(decode(three, '1,a,1\nx,b,2\n3,c\n4,d,4,5\n\n5,e,zz\n"6",f,6\n7,"unclosed,7\n8,g,8\n', lenient)).toEqual([
      [1, 'a', 1],
      [null, 'b', 2],
      [3, 'c', null],
      [null, null, null],
      [5, 'e', null],
      [6, 'f', 6],
    ]);
  });

  test.each([
    ['a,b\nc\n', 'expected 2 values, found 1'],
    ['a,b\n\n', 'expected 2 values, found 1'],
    ['a,b,c\n', 'expected 2 values, found 3'],
    ['"c"x,d\n', 'only a delimiter or the end of the line may follow a closing quote'],
    ['a,"b\nc,d\n', 'the closing quote is missing'],
  ])('%j fails', (text, reason) => {
    expect(decode(two, text)).toBe(`error: ${reason}`);
  });

  test('an empty number fails', () => {
    expect(decode({ a: T.INT }, '1\n\n')).toBe('error: "" is no INT');
    expect(decode({ a: T.STRING }, '1\n\n2\r\n3')).toEqual([['1'], [''], ['2'], ['3']]);
  });

  test('escapes, NULL literals, comments', () => {
    const options = { 'escape-character': '\\', 'null-literal': 'N/A', 'allow-comments': 'true' };
    const text = '# comment\na\\,b,"x\\"y","p""q"\nN/A,"N/A",\\N\n  a , "b" ,c\n"multi\nline",2,3\n#x,#y,#z\n';
    expect(decode({ ...two, c: T.STRING }, text, options)).toEqual([
      ['a,b', 'x"y', 'p"q'],
      [null, null, 'N'],
      ['a ', ' "b" ', 'c'],
      ['multi\nline', '2', '3'],
    ]);
    expect(decode(two, 'a\\nb\\tc\\0d\\re\\xf,"q\\nw\\"e"\n', { 'escape-character': '\\' })).toEqual([
      ['a\nb\tc\0d\rexf', 'q\nw"e'],
    ]);
    expect(decode({ a: T.STRING, b: T.INT }, ',1\nx,\n"",2\n', { 'null-literal': '' })).toEqual([
      [null, 1],
      ['x', null],
      [null, 2],
    ]);
    const tabs = { 'field-delimiter': '\\t', 'allow-comments': 'true', ...lenient };
    expect(decode({ a: T.STRING, b: T.INT }, '#c\nx\t1\n # y\t2\n\nz\t3\n', tabs)).toEqual([
      ['x', 1],
      ['z', 3],
    ]);
  });
});

test('only wanted columns are read', () => {
  const spec = decoderSpec('csv', { a: T.INT, b: T.INT }, {}, [['b']]);
  expect(decodeText(spec, '1,2\n,3\nx,4\n')).toEqual([[2], [3], [4]]);
});

test('records are cut behind quoted newlines, wherever the bytes end', () => {
  const text = 'a,"x\ny"\nb"\n,c\n"""\n",z\r\nlast,1';
  // The third line is too short: it counts as a record all the same.
  const spec = decoderSpec('csv', two, lenient);
  const bytes = new TextEncoder().encode(text);
  const ends = [8, 11, 14, 23, 29];
  for (const warm of [false, true]) {
    for (let limit = 1; limit <= bytes.length; limit++) {
      for (let to = limit; to <= bytes.length; to++) {
        const decoder = makeDecoder(spec);
        if (warm) decoder.decode(bytes, 0, bytes.length);
        const last = to === bytes.length;
        const { end, complete } = decoder.decodeRange(bytes, 0, limit, to, last);
        const wanted = ends.find((candidate) => candidate >= limit)!;
        // Behind a bare CR an LF may follow.
        const known = ends.filter((candidate) => candidate <= to && (candidate < bytes.length || last)).at(-1) ?? 0;
        expect([limit, to, end, complete]).toEqual([limit, to, known >= wanted ? wanted : known, known >= wanted]);
      }
    }
  }
});

test('half records wait in every format', () => {
  const cases = [
    ['csv', 'abc,"d e"\nf,g\n'],
    ['json', '{"a":"abc","b":"d e"}\n{"a":"f","b":"g"}\n'],
    ['raw', 'abc\nf\n'],
  ] as const;
  for (const [format, text] of cases) {
    const spec = decoderSpec(format, format === 'raw' ? { a: T.STRING } : two);
    const bytes = new TextEncoder().encode(text);
    const first = text.indexOf('\n') + 1;
    const decoder = makeDecoder(spec);
    decoder.decode(bytes, 0, bytes.length);
    for (let to = 1; to <= bytes.length; to++) {
      const { batch, end, complete } = decoder.decodeRange(bytes, 0, to, to, false);
      const rows = to >= bytes.length ? 2 : to >= first ? 1 : 0;
      expect([format, to, batch.length, end, complete]).toEqual([
        format,
        to,
        rows,
        [0, first, bytes.length][rows],
        [0, first, bytes.length].includes(to),
      ]);
    }
  }
});
