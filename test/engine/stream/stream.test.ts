import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { Session } from '../../../engine/session.ts';
import { Streams } from '../../../engine/stream/streams.ts';
import type { Stream } from '../../../engine/stream/stream.ts';

const session = new Session({ placement: 'local', config: { 'table.local-time-zone': 'UTC' } });
const streams = new Streams(session);
afterEach(() => session.close());

const at = (second: number): Date => new Date(Date.UTC(2024, 0, 1, 0, 0, second));
const orders = streams.from(
  [
    { id: 1, city: "O'Fallon", amount: 10.5, ts: at(1) },
    { id: 2, city: 'Kent', amount: 3, ts: at(2) },
    { id: 3, city: 'Kent', amount: null as number | null, ts: at(12) },
  ],
  'orders',
);

describe('the fluent API', () => {
  it('is typed by its source', () => {
    const selected = orders.select((o) => ({ city: o.city, id: o.id }));
    expectTypeOf(selected).toEqualTypeOf<Stream<{ city: string; id: number }>>();
    // @ts-expect-error -- there is no such column
    orders.where((o) => o.town.eq('Kent'));
  });

  it('is immutable', async () => {
    const kent = orders.where((o) => o.city.eq('Kent'));
    expect(await kent.collect()).toHaveLength(2);
    expect(await orders.collect()).toHaveLength(3);
  });

  it('makes the plan that SQL makes', async () => {
    const fluent = orders
      .where((o) => o.id.gt(1))
      .groupBy((o) => ({ city: o.city }))
      .aggregate((o) => ({ n: streams.count(), total: streams.sum(o.amount) }));
    const sql = streams.query(
      'SELECT city, COUNT(*) AS n, SUM(amount) AS total FROM orders WHERE id > 1 GROUP BY city',
    );
    const sections = async (stream: { explain(): Promise<string> }): Promise<string> =>
      (await stream.explain()).split('== Optimized Physical Plan ==')[1]!.split('== Applied')[0]!;
    expect(await sections(fluent)).toBe(await sections(sql));
    expect(await fluent.collect()).toEqual([{ city: 'Kent', n: 2n, total: 3 }]);
  });

  it('puts values in as literals', async () => {
    expect(await orders.where((o) => o.city.eq("O'Fallon")).collect()).toHaveLength(1);
    expect(await orders.where((o) => o.city.eq("x' OR '1'='1")).collect()).toHaveLength(0);
    expect(await orders.where((o) => o.ts.ge(at(2))).collect()).toHaveLength(2);
  });

  it('windows by event time', async () => {
    await session.sql(`CREATE TEMPORARY VIEW timed AS SELECT id, ts FROM orders`);
    await session.sql(`CREATE TABLE clicks (id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline',
      'data' = '[[1, "2024-01-01 00:00:01"], [2, "2024-01-01 00:00:05"], [3, "2024-01-01 00:00:12"]]')`);
    const rows = await streams
      .table<{ id: number; ts: Date }>('clicks')
      .window((c) => c.ts, streams.tumble('10 seconds'))
      .aggregate(() => ({ n: streams.count() }))
      .collect();
    expect(rows).toEqual([
      { window_start: at(0), window_end: at(10), n: 2n },
      { window_start: at(10), window_end: at(20), n: 1n },
    ]);
  });

  it('joins and unions', async () => {
    const cities = streams.from([{ name: 'Kent', state: 'WA' }], 'cities');
    const joined = orders.join(
      cities,
      (o, c) => o.city.eq(c.name),
      (o, c) => ({ id: o.id, state: c.state }),
    );
    expect(await joined.collect()).toEqual([
      { id: 2n, state: 'WA' },
      { id: 3n, state: 'WA' },
    ]);
    expect(await orders.unionAll(orders).collect()).toHaveLength(6);
  });

  it('runs closures in order, each key with a state of its own', async () => {
    const words = streams.iterable(['to', 'be', 'or', 'not', 'to', 'be']);
    const counts = await words
      .keyBy((word) => word)
      .count()
      .toArray();
    expect(counts.map(({ key, count }) => `${key}${count}`)).toEqual(['to1', 'be1', 'or1', 'not1', 'to2', 'be2']);
    const running = words
      .keyBy((word) => word.length)
      .process(
        () => ({ seen: [] as string[] }),
        (word, state, length) => {
          state.seen.push(word);
          return [`${length}:${state.seen.join('')}`];
        },
      );
    expect((await running.toArray()).at(-1)).toBe('2:tobeortobe');
  });

  it('stops the source when enough was taken', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<number> {
      for (;;) yield given++;
    }
    expect(
      await streams
        .iterable(endless())
        .map((n) => n * 2)
        .take(3)
        .toArray(),
    ).toEqual([0, 2, 4]);
    expect(given).toBe(3);
  });

  it('says what cannot be reached', async () => {
    await expect(streams.socket('127.0.0.1', 1).toArray()).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
  });
});
