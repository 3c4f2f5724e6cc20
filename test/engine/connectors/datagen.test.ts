import { describe, expect, test } from 'vitest';
import { checkOptions, connector } from '../../../engine/connectors/registry.ts';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { ManualClock } from '../../../engine/runtime/clock.ts';
import * as T from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { openSource, readRows, sourceContext, table } from '../../support/source.ts';

const fast = { connector: 'datagen', 'rows-per-second': '1000000000' };

describe('datagen source', () => {
  test('ends with the number of rows or with the shortest sequence', async () => {
    const sequence = {
      'fields.a.kind': 'sequence',
      'fields.a.start': '5',
      'fields.a.end': '7',
      'fields.b.kind': 'sequence',
      'fields.b.start': '-1',
      'fields.b.end': '100',
    };
    const source = table({ a: T.BIGINT, b: T.STRING }, { ...fast, ...sequence });
    expect(await readRows(sourceContext(source))).toEqual([
      [5n, '-1'],
      [6n, '0'],
      [7n, '1'],
    ]);
    expect(connector('datagen').isBounded!(source)).toBe(true);
    const two = table({ a: T.BIGINT, b: T.STRING }, { ...fast, ...sequence, 'number-of-rows': '2' });
    expect((await readRows(sourceContext(two))).length).toBe(2);
    expect(connector('datagen').isBounded!(table({ a: T.INT }, fast))).toBe(false);
  });

  test('every type, within its range', async () => {
    const source = table(
      {
        bo: T.BOOLEAN,
        ti: T.TINYINT,
        i: T.INT,
        bi: T.BIGINT,
        f: T.FLOAT,
        d: T.DOUBLE,
        dec: T.DECIMAL(5, 2),
        s: T.STRING,
        c: T.CHAR(3),
        v: T.VARCHAR(5),
        by: T.BYTES,
        dt: T.DATE,
        t: T.TIME(0),
        ts: T.TIMESTAMP(3),
        ltz: T.TIMESTAMP_LTZ(6),
        ar: T.ARRAY(T.INT),
        m: T.MAP(T.STRING, T.INT),
        ms: T.MULTISET(T.INT),
        r: T.ROW([
          { name: 'x', type: T.INT },
          { name: 'y', type: T.STRING },
        ]),
      },
      {
        ...fast,
        'number-of-rows': '5000',
        'fields.i.min': '3',
        'fields.i.max': '5',
        'fields.dec.min': '1',
        'fields.dec.max': '2',
        'fields.s.length': '4',
        'fields.s.var-len': 'true',
        'fields.d.null-rate': '0.5',
        'fields.ts.max-past': '10 s',
        'fields.ar.length': '2',
        'fields.ar.element.max': '-1',
        'fields.r.x.min': '7',
        'fields.r.x.max': '7',
      },
    );
    const clock = new ManualClock(1_700_000_000_000);
    const rows = await readRows(sourceContext(source, undefined, { clock }));
    expect(rows.length).toBe(5000);
    expect(new Set(rows.map((row) => row[2]))).toEqual(new Set([3, 4, 5]));
    expect(rows.every((row) => (row[6] as bigint) >= 100n && (row[6] as bigint) <= 200n)).toBe(true);
    expect(new Set(rows.map((row) => (row[7] as string).length))).toEqual(new Set([1, 2, 3, 4]));
    expect(rows.every((row) => /^[0-9a-f]{3}$/.test(row[8] as string) && (row[9] as string).length === 5)).toBe(true);
    const nulls = rows.filter((row) => row[5] === null).length;
    expect(nulls).toBeGreaterThan(2000);
    expect(nulls).toBeLessThan(3000);
    expect(rows.every((row) => (row[13] as number) <= clock.now() && (row[13] as number) > clock.now() - 10_000)).toBe(
      true,
    );
    expect(rows.every((row) => (row[15] as number[]).length === 2 && (row[15] as number[]).every((x) => x < 0))).toBe(
      true,
    );
    expect(rows[0]![16]).toBeInstanceOf(MapValue);
    expect(rows.every((row) => (row[18] as number[])[0] === 7)).toBe(true);
    expect(new Set(rows.map((row) => row[1])).size).toBe(256);
  });

  test('the same table gives the same rows, from any position', async () => {
    const source = table({ a: T.BIGINT, b: T.STRING }, { ...fast, 'number-of-rows': '10000' });
    const context = sourceContext(source);
    const all = await readRows(context);
    expect(await readRows(context)).toEqual(all);
    const opened = await openSource(context);
    const [split] = await opened.splits();
    const reader = await opened.open(split!, { row: 4096 });
    expect(rowsOf((await reader.read()).batch!)).toEqual(all.slice(4096, 8192));
  });

  test('paces by the clock and never waits long in one read', async () => {
    const clock = new ManualClock();
    const source = await openSource(
      sourceContext(table({ a: T.INT }, { connector: 'datagen', 'rows-per-second': '2' }), undefined, { clock }),
    );
    const reader = await source.open((await source.splits())[0]!, { row: 0 });
    const lengths: number[] = [];
    for (let i = 0; i < 11; i++) {
      const reading = reader.read();
      clock.advance(100);
      lengths.push((await reading).batch?.length ?? 0);
    }
    expect(lengths).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
  });

  test.each([
    [{ 'fields.a.foo': '1' }, "no option 'fields.a.foo'"],
    [{ 'fields.b.min': '1' }, "no option 'fields.b.min'"],
    [{ 'fields.a.kind': 'sequence', 'fields.a.start': '1' }, "needs the option 'fields.a.end'"],
    [{ 'fields.a.kind': 'sequenze' }, "must be one of 'random', 'sequence'"],
    [{ 'rows-per-seconds': '1' }, "has no option 'rows-per-seconds'"],
  ])('%o is refused', (options, message) => {
    expect(() => checkOptions(table({ a: T.INT }, { connector: 'datagen', ...options }))).toThrow(message);
  });

  test.each([
    [T.INT, '5', '4', 'min 5 must be not above max 4'],
    [T.BIGINT, '5', '5', 'min 5 must be below max 5'],
  ])('an empty range of %o fails when the job starts, as in Flink', async (type, min, max, message) => {
    const made = table({ a: type }, { connector: 'datagen', 'fields.a.min': min, 'fields.a.max': max });
    checkOptions(made);
    const source = await openSource(sourceContext(made));
    await expect(async () => source.open((await source.splits())[0]!, { row: 0 })).rejects.toThrow(message);
  });
});
