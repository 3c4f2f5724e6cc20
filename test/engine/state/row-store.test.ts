import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { columnOf } from '../../../engine/data/column-builder.ts';
import { rowKey } from '../../../engine/data/key.ts';
import { RowStore } from '../../../engine/state/row-store.ts';
import * as T from '../../../engine/types/type.ts';
import { anyType, columnFor, dictColumn, nullableValueOf } from '../data/arbitrary.ts';

const batches = fc.array(anyType, { minLength: 1, maxLength: 4 }).chain((types) =>
  fc.tuple(
    fc.constant(types),
    fc.array(
      fc
        .nat(6)
        .chain((n) =>
          fc.tuple(
            ...types.map((type) =>
              fc
                .array(nullableValueOf(type), { minLength: n, maxLength: n })
                .chain((values) => columnFor(type, values)),
            ),
          ),
        ),
      { maxLength: 6 },
    ),
    fc.array(fc.nat(99), { maxLength: 8 }),
  ),
);

test('gives rows back as they came, whatever their types and encodings; numbers of freed rows are used again; over a snapshot', () => {
  fc.assert(
    fc.property(batches, ([types, parts, frees]) => {
      let store = new RowStore(types);
      const live = new Map<number, string>();
      for (const [i, columns] of parts.entries()) {
        const length = columns[0]!.length;
        const out = new Int32Array(length);
        store.append(columns, 0, length, out);
        rowsOf({ length, columns, kinds: undefined }).forEach((row, r) => {
          expect(live.has(out[r]!)).toBe(false);
          live.set(out[r]!, rowKey(row));
        });
        const gone = frees[i] === undefined ? undefined : [...live.keys()][frees[i] % (live.size || 1)];
        if (gone !== undefined) {
          store.free(gone);
          live.delete(gone);
        }
        if (i === 2) {
          const state = structuredClone(store.snapshot());
          store = new RowStore(types);
          store.restore(state);
        }
        const numbers = Int32Array.from(live.keys());
        const back = { length: numbers.length, columns: store.take(numbers, numbers.length), kinds: undefined };
        expect(rowsOf(back).map((row) => rowKey(row))).toEqual([...live.values()]);
        expect(store.live).toBe(live.size);
      }
    }),
    { numRuns: 150 },
  );
});

test('gives the bytes of freed rows back', () => {
  const store = new RowStore([T.STRING]);
  const text = 'x'.repeat(1000);
  for (let i = 0; i < 1000; i++) {
    const out = new Int32Array(2);
    store.append([columnOf(T.STRING, [`${text}${i}`, 'kept'])], 0, 2, out);
    store.free(out[0]!);
  }
  expect(store.live).toBe(1000);
  expect(store.byteLength).toBeLessThan(500_000);
});

test('strings of one dictionary stay codes until those of another come', () => {
  const store = new RowStore([T.STRING]);
  const out = new Int32Array(2);
  store.append([dictColumn(T.STRING, ['a', null])], 0, 2, out);
  expect(store.take(Int32Array.of(0), 1)[0]).toMatchObject({ encoding: 'dict' });
  store.append([dictColumn(T.STRING, ['é', 'a'])], 0, 2, out);
  const columns = store.take(Int32Array.of(0, 1, 2, 3), 4);
  expect(columns[0]).toMatchObject({ encoding: 'view' });
  expect(rowsOf({ length: 4, columns, kinds: undefined })).toEqual([['a'], [null], ['é'], ['a']]);
});
