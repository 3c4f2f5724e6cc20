import { expect, test } from 'vitest';
import { connector } from '../../../engine/connectors/registry.ts';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import * as T from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { table } from '../../support/source.ts';

// Two lines that Flink 2.3 printed for the same values.
test('rows are printed as Flink prints them', async () => {
  const types = {
    a: T.INT,
    b: T.STRING,
    c: T.DOUBLE,
    d: T.DECIMAL(10, 2),
    t: T.TIMESTAMP(3),
    r: T.ROW([
      { name: 'x', type: T.INT },
      { name: 'y', type: T.STRING },
    ]),
    ar: T.ARRAY(T.STRING),
    m: T.MAP(T.STRING, T.INT),
    bo: T.BOOLEAN,
    dt: T.DATE,
    ti: T.TIME(3),
    bys: T.BYTES,
    tl: T.TIMESTAMP_LTZ(3),
    f: T.FLOAT,
    big: T.BIGINT,
    t6: T.TIMESTAMP(6),
  };
  const schema = Object.entries(types).map(([name, type]) => ({ name, type }));
  const day = 1704067200000;
  const rows = [
    [
      1,
      'a"b',
      1.5,
      1000n,
      day,
      [1, 'y'],
      ['a', 'b'],
      new MapValue([['k', 1]]),
      true,
      19723,
      36_660_000,
      Uint8Array.of(104, 101, 108, 108, 255),
      day + 120,
      Math.fround(1.1),
      12345678901234567n,
      BigInt(day) * 1_000_000n + 123_456_000n,
    ],
    [
      2,
      null,
      1e20,
      0n,
      day + 1120,
      null,
      ['a', null],
      null,
      false,
      19723,
      36_672_340,
      null,
      day,
      Math.fround(1e-5),
      -5n,
      BigInt(day) * 1_000_000n + 100_000_000n,
    ],
  ];
  let text = '';
  const sink = await connector('print').createSink!({
    table: table(types, { connector: 'print', 'print-identifier': 'pp' }),
    schema,
    timeZone: 'UTC',
    baseDirectory: '/',
    print: (line) => void (text += line),
    signal: new AbortController().signal,
  });
  await sink.write(batchOf(schema, rows, [RowKind.Insert, RowKind.UpdateAfter]));
  expect(text.split('\n')).toEqual([
    'pp> +I[1, a"b, 1.5, 10.00, 2024-01-01T00:00, +I[1, y], [a, b], {k=1}, true, 2024-01-01, 10:11, [104, 101, 108, 108, -1], 2024-01-01T00:00:00.120Z, 1.1, 12345678901234567, 2024-01-01T00:00:00.123456]',
    'pp> +U[2, null, 1.0E20, 0.00, 2024-01-01T00:00:01.120, null, [a, null], null, false, 2024-01-01, 10:11:12.340, null, 2024-01-01T00:00:00Z, 1.0E-5, -5, 2024-01-01T00:00:00.100]',
    '',
  ]);
});
