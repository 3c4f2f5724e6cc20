import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../engine/data/batch.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { Dictionary, type Column } from '../../../engine/data/column.ts';
import { valuesOf } from '../../../engine/data/column-read.ts';
import { rowKey } from '../../../engine/data/key.ts';
import { KeyTable } from '../../../engine/state/key-table.ts';
import * as T from '../../../engine/types/type.ts';
import { nullableValueOf as anyValue } from '../data/arbitrary.ts';

const types: readonly T.DataType[] = [
  T.BOOLEAN,
  T.INT,
  T.BIGINT,
  T.FLOAT,
  T.DOUBLE,
  T.DECIMAL(10, 2),
  T.DECIMAL(38, 4),
  T.STRING,
  T.BYTES,
  T.DATE,
  T.TIMESTAMP(3),
  T.TIMESTAMP(9),
  T.ARRAY(T.INT),
  T.ROW([{ name: 'a', type: T.STRING }]),
];

const schemaOf = (keys: readonly T.DataType[]) => keys.map((type, i) => ({ name: `k${i}`, type }));

/** Rows of random keys, often repeated, in random batches. */
const input = fc
  .uniqueArray(fc.nat(types.length - 1), { minLength: 1, maxLength: 4 })
  .map((picked) => picked.map((i) => types[i]!))
  .chain((keys) =>
    fc.tuple(
      fc.constant(keys),
      fc.array(fc.array(fc.tuple(...keys.map((type) => anyValue(type))), { maxLength: 40 }), { maxLength: 6 }),
    ),
  );

/** The groups that a Map gives. */
class Naive {
  readonly groups = new Map<string, number>();
  groupOf(row: readonly unknown[]): number {
    const key = rowKey(row as never);
    const known = this.groups.get(key) ?? this.groups.size;
    this.groups.set(key, known);
    return known;
  }
}

function probe(table: KeyTable, batch: Batch): number[] {
  const out = new Int32Array(batch.length);
  table.findOrInsert(batch.columns, 0, batch.length, out);
  return [...out];
}

describe('KeyTable', () => {
  test('numbers keys of any types in the order of their first appearance', () => {
    fc.assert(
      fc.property(input, ([keys, batches]) => {
        const table = new KeyTable(keys);
        const naive = new Naive();
        for (const rows of batches) {
          expect(probe(table, batchOf(schemaOf(keys), rows as never))).toEqual(rows.map((row) => naive.groupOf(row)));
        }
        expect(table.live).toBe(naive.groups.size);
      }),
      { numRuns: 150 },
    );
  });

  test('gives the keys back', () => {
    fc.assert(
      fc.property(input, ([keys, batches]) => {
        const table = new KeyTable(keys);
        for (const rows of batches) {
          const batch = batchOf(schemaOf(keys), rows as never);
          const groups = new Int32Array(batch.length);
          table.findOrInsert(batch.columns, 0, batch.length, groups);
          const back = { length: batch.length, columns: table.keyColumns(groups, batch.length), kinds: undefined };
          expect(rowsOf(back).map(rowKey)).toEqual(rowsOf(batch).map(rowKey));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('removes groups and uses their numbers again', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 300 })), { maxLength: 400 }), (steps) => {
        const table = new KeyTable([T.INT]);
        const live = new Map<number, number>();
        for (const [add, key] of steps) {
          const batch = batchOf(schemaOf([T.INT]), [[key]]);
          if (add) {
            const [group] = probe(table, batch);
            if (live.has(key)) expect(group).toBe(live.get(key));
            else expect([...live.values()]).not.toContain(group);
            live.set(key, group!);
          } else {
            const out = new Int32Array(1);
            table.find(batch.columns, 0, 1, out);
            expect(out[0]).toBe(live.get(key) ?? -1);
            if (live.has(key)) table.remove(out[0]!);
            live.delete(key);
          }
          expect(table.live).toBe(live.size);
        }
        expect([...table.groups()].sort((a, b) => a - b)).toEqual([...live.values()].sort((a, b) => a - b));
      }),
    );
  });

  test('goes on after snapshot and restore as if nothing had happened', () => {
    fc.assert(
      fc.property(input, fc.nat(), ([keys, batches], cut) => {
        const table = new KeyTable(keys);
        let restored = new KeyTable(keys);
        const at = batches.length === 0 ? 0 : cut % batches.length;
        batches.forEach((rows, i) => {
          const batch = batchOf(schemaOf(keys), rows as never);
          const groups = probe(table, batch);
          if (i < at) probe(restored, batch);
          if (i === at) {
            const state = structuredClone(restored.snapshot());
            restored = new KeyTable(keys);
            restored.restore(state);
          }
          if (i >= at) expect(probe(restored, batch)).toEqual(groups);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('restores a table with holes', () => {
    const table = new KeyTable([T.STRING]);
    const batch = batchOf(schemaOf([T.STRING]), [['a'], ['b'], [null], ['c']]);
    probe(table, batch);
    table.remove(1);
    const restored = new KeyTable([T.STRING]);
    restored.restore(structuredClone(table.snapshot()));
    expect([...restored.groups()]).toEqual([0, 2, 3]);
    expect(probe(restored, batch)).toEqual([0, 1, 2, 3]);
  });

  test('resolves a dictionary once per code and unifies the encodings of strings', () => {
    const table = new KeyTable([T.STRING]);
    const dictionary = new Dictionary();
    dictionary.strings.push('héllo', 'b', 'a');
    const base = { type: T.STRING, length: 3, valid: undefined, storage: 'str' } as const;
    const bytes = new TextEncoder().encode('a-b-héllo');
    const columns: Column[] = [
      { ...base, encoding: 'js', values: ['a', 'b', 'héllo'] },
      { ...base, encoding: 'dict', codes: Int32Array.of(2, 1, 0), dictionary },
      { ...base, encoding: 'view', bytes, starts: Int32Array.of(0, 2, 4), ends: Int32Array.of(1, 3, 10), ascii: false },
    ];
    for (const column of columns)
      expect(probe(table, { length: 3, columns: [column], kinds: undefined })).toEqual([0, 1, 2]);
    dictionary.strings.push('new');
    const more: Column = { ...base, encoding: 'dict', codes: Int32Array.of(3, 0, 3), dictionary };
    expect(probe(table, { length: 3, columns: [more], kinds: undefined })).toEqual([3, 2, 3]);
    expect(valuesOf(table.keyColumns(Int32Array.of(3, 2), 2)[0]!)).toEqual(['new', 'héllo']);
  });

  test('grows to many groups', () => {
    const table = new KeyTable([T.BIGINT, T.INT]);
    const n = 100_000;
    const values = BigInt64Array.from({ length: n }, (_, i) => BigInt(i) * 1_000_003n);
    const columns: Column[] = [
      { type: T.BIGINT, storage: 'i64', length: n, valid: undefined, values },
      {
        type: T.INT,
        storage: 'i32',
        length: n,
        valid: undefined,
        values: Int32Array.from({ length: n }, (_, i) => i % 7),
      },
    ];
    const out = new Int32Array(n);
    table.findOrInsert(columns, 0, n, out);
    expect(table.live).toBe(n);
    expect(out.every((g, i) => g === i)).toBe(true);
    table.findOrInsert(columns, 0, n, out);
    expect(out.every((g, i) => g === i)).toBe(true);
  });

  test('a large table finds keys of several columns with NULLs, and leaves rows out', () => {
    const keys = [T.BIGINT, T.STRING, T.TIMESTAMP(3), T.INT];
    const table = new KeyTable(keys);
    const naive = new Naive();
    const rowOf = (i: number) => [
      i % 7 === 0 ? null : BigInt(i % 30_000),
      i % 5 === 0 ? null : `s${i % 11}`,
      i % 20_000,
      i % 3,
    ];
    for (let from = 0; from < 60_000; from += 6000) {
      const rows = Array.from({ length: 6000 }, (_, i) => rowOf(from + i));
      const batch = batchOf(schemaOf(keys), rows);
      const where = Uint8Array.from(rows, (_, i) => (i % 13 === 0 ? 0 : 1));
      const out = new Int32Array(batch.length);
      table.findOrInsert(batch.columns, 0, batch.length, out, where);
      expect([...out]).toEqual(rows.map((row, i) => (where[i] === 0 ? -1 : naive.groupOf(row))));
    }
  });

  test('a sweep gives back the strings that no group uses', () => {
    const table = new KeyTable([T.STRING]);
    const rows = Array.from({ length: 70_000 }, (_, i) => [`value ${i}`]);
    const groups = probe(table, batchOf(schemaOf([T.STRING]), rows));
    for (const g of groups.slice(10)) table.remove(g);
    const before = table.byteLength;
    KeyTable.sweep(table.encoder, [table]);
    expect(table.byteLength).toBeLessThan(before / 2);
    expect(probe(table, batchOf(schemaOf([T.STRING]), rows.slice(0, 10)))).toEqual(groups.slice(0, 10));
    expect(table.live).toBe(10);
  });
});
