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

test('strings of dictionaries stay codes, those of several in one of their own, until other strings come', () => {
  const store = new RowStore([T.STRING]);
  const out = new Int32Array(2);
  const rows = (n: number) =>
    store.take(
      Int32Array.from({ length: n }, (_, i) => i),
      n,
    );
  store.append([dictColumn(T.STRING, ['a', null])], 0, 2, out);
  expect(rows(1)[0]).toMatchObject({ encoding: 'dict' });
  store.append([dictColumn(T.STRING, ['é', 'a'])], 0, 2, out);
  expect(rows(4)[0]).toMatchObject({ encoding: 'dict' });
  expect(rowsOf({ length: 4, columns: rows(4), kinds: undefined })).toEqual([['a'], [null], ['é'], ['a']]);
  store.append([columnOf(T.STRING, ['b', null])], 0, 2, out);
  expect(rows(6)[0]).toMatchObject({ encoding: 'view' });
  const all = [['a'], [null], ['é'], ['a'], ['b'], [null]];
  expect(rowsOf({ length: 6, columns: rows(6), kinds: undefined })).toEqual(all);
});

test('views of any place and length come back as they were', () => {
  const encoder = new TextEncoder();
  const texts = Array.from({ length: 60 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz'.repeat(3).slice(i % 7, (i * 5) % 71));
  const whole = encoder.encode(`xyz${texts.join(',')}`);
  const starts: number[] = [];
  let at = 3;
  for (const text of texts) {
    starts.push(at);
    at += text.length + 1;
  }
  const column = {
    type: T.STRING,
    length: texts.length,
    valid: undefined,
    storage: 'str' as const,
    encoding: 'view' as const,
    bytes: whole,
    starts: Int32Array.from(starts),
    ends: Int32Array.from(starts, (start, i) => start + texts[i]!.length),
    ascii: true,
  };
  const store = new RowStore([T.STRING]);
  store.append([column], 0, texts.length, new Int32Array(texts.length));
  const all = Int32Array.from(texts, (_, i) => i);
  const columns = store.take(all, texts.length);
  expect(rowsOf({ length: texts.length, columns, kinds: undefined })).toEqual(texts.map((text) => [text]));
});
