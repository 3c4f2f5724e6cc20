import { expect, test } from 'vitest';
import { LookupCache, type LookupCacheOptions } from '../../../engine/connectors/lookup-cache.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { ManualClock } from '../../../engine/runtime/clock.ts';
import { INT } from '../../../engine/types/type.ts';

const schema = [
  { name: 'k', type: INT },
  { name: 'v', type: INT },
];
const keySchema = [{ name: 'k', type: INT }];

/** A table with k rows for each key k; tells which keys it was asked for. */
function cached(options: Partial<LookupCacheOptions>) {
  const asked: number[][] = [];
  const clock = new ManualClock(1000);
  const source = {
    async lookup(keys: ReturnType<typeof batchOf>) {
      const wanted = rowsOf(keys).map(([k]) => k as number);
      asked.push(wanted);
      const starts = new Int32Array(wanted.length + 1);
      wanted.forEach((k, i) => (starts[i + 1] = starts[i]! + k));
      const rows = wanted.flatMap((k) => Array.from({ length: k }, (_, v) => [k, v]));
      return { rows: batchOf(schema, rows), starts };
    },
    async close() {},
  };
  const all = {
    maxRows: undefined,
    expireAfterWrite: undefined,
    expireAfterAccess: undefined,
    missingKeys: true,
    ...options,
  };
  const cache = new LookupCache(source, schema, all, clock);
  const ask = async (...keys: number[]): Promise<number[]> => {
    const { rows, starts } = await cache.lookup(
      batchOf(
        keySchema,
        keys.map((k) => [k]),
      ),
    );
    const values = rowsOf(rows);
    keys.forEach((k, i) => {
      const own = values.slice(starts[i], starts[i + 1]);
      expect(own).toEqual(Array.from({ length: k }, (_, v) => [k, v]));
    });
    return asked.splice(0).flat();
  };
  return { ask, clock };
}

test('asks only for keys that it does not remember', async () => {
  const { ask } = cached({ maxRows: 100 });
  expect(await ask(1, 2, 0)).toEqual([1, 2, 0]);
  expect(await ask(3, 2, 0, 1)).toEqual([3]);
  expect(await ask(0)).toEqual([]);
});

test('forgets the key that was asked for longest ago', async () => {
  const { ask } = cached({ maxRows: 2 });
  await ask(1, 2);
  await ask(1);
  expect(await ask(3)).toEqual([3]);
  expect(await ask(1)).toEqual([]);
  expect(await ask(2)).toEqual([2]);
});

test('forgets after a time since the rows were read, or were asked for', async () => {
  const written = cached({ expireAfterWrite: 10 });
  await written.ask(1);
  written.clock.advance(9);
  expect(await written.ask(1)).toEqual([]);
  written.clock.advance(1);
  expect(await written.ask(1)).toEqual([1]);

  const read = cached({ expireAfterAccess: 10 });
  await read.ask(1);
  read.clock.advance(9);
  expect(await read.ask(1)).toEqual([]);
  read.clock.advance(9);
  expect(await read.ask(1)).toEqual([]);
  read.clock.advance(10);
  expect(await read.ask(1)).toEqual([1]);
});

test('remembers keys without rows unless told not to', async () => {
  const { ask } = cached({ maxRows: 9, missingKeys: false });
  await ask(0, 1);
  expect(await ask(0, 1)).toEqual([0]);
});
