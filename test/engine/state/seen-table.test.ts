import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnOf } from '../../../engine/data/column-builder.ts';
import { SeenTable } from '../../../engine/state/aggregates/seen-table.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

const types: readonly DataType[] = [
  { kind: 'BIGINT', nullable: false },
  { kind: 'INT', nullable: false },
  { kind: 'VARCHAR', length: 100, nullable: false },
  { kind: 'BOOLEAN', nullable: false },
];

function valueFor(type: DataType, n: number): Value {
  switch (type.kind) {
    case 'BIGINT':
      // Both words take part: values that differ in the high one alone.
      return BigInt(n % 7) * 4294967296n + BigInt(n);
    case 'VARCHAR':
      return `v${n}`;
    case 'BOOLEAN':
      return n % 2 === 1;
    default:
      return n;
  }
}

interface Row {
  readonly group: number;
  readonly n: number;
  readonly lanes: number;
}

/** What is seen for the first time, by a Map. */
class Naive {
  readonly seen = new Map<string, number>();
  see({ group, lanes }: Row, value: Value): number {
    const key = `${group} ${String(value)}`;
    const before = this.seen.get(key) ?? 0;
    if (lanes !== 0) this.seen.set(key, before | lanes);
    return lanes & ~before;
  }
}

function see(table: SeenTable, type: DataType, rows: readonly Row[]): number[] {
  const marks = Int32Array.from(rows, (row) => row.lanes);
  const groups = Int32Array.from(rows, (row) => row.group);
  table.see(
    groups,
    columnOf(
      type,
      rows.map((row) => valueFor(type, row.n)),
    ),
    0,
    rows.length,
    marks,
  );
  return [...marks];
}

test('marks what a group sees for the first time, also after a restore and after groups were dropped', () => {
  const row = fc.record({ group: fc.nat(5), n: fc.nat(300), lanes: fc.nat(7) });
  const batches = fc.array(fc.array(row, { maxLength: 200 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...types), batches, fc.nat(5), (type, all, dropped) => {
      let table = new SeenTable(type);
      const naive = new Naive();
      for (const [i, rows] of all.entries()) {
        expect(see(table, type, rows)).toEqual(rows.map((r) => naive.see(r, valueFor(type, r.n))));
        if (i % 2 === 0) {
          const state = table.snapshot();
          table = new SeenTable(type);
          table.restore(state);
        } else {
          const dead = new Uint8Array(6);
          dead[dropped] = 1;
          table.drop(dead);
          for (const key of [...naive.seen.keys()]) if (key.startsWith(`${dropped} `)) naive.seen.delete(key);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('takes values of one word that are compared by their bits', () => {
  expect(SeenTable.takes({ kind: 'BIGINT', nullable: true })).toBe(true);
  expect(SeenTable.takes({ kind: 'DOUBLE', nullable: true })).toBe(true);
  expect(SeenTable.takes({ kind: 'TIMESTAMP', precision: 3, nullable: true })).toBe(false);
  expect(SeenTable.takes({ kind: 'DECIMAL', precision: 38, scale: 0, nullable: true })).toBe(false);
});
