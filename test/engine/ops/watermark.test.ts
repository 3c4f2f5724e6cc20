import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { WatermarkAssigner } from '../../../engine/ops/watermark.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import { connect, cut, isRow, type Output } from './harness.ts';

const input: Schema = [
  { name: 'ts', type: T.TIMESTAMP(3), time: 'rowtime' },
  { name: 'id', type: T.INT },
  { name: 'watermark', type: T.TIMESTAMP(3) },
];
type Row = [ts: number, id: number, watermark: number | null];

/** WatermarkAssignerOperator, a row at a time. */
function naive(rows: readonly Row[], interval: number): Output[] {
  let current = 0;
  let last = 0;
  return rows.flatMap(([ts, id, watermark]): Output[] => {
    const row: Output = { kind: '+I', row: [ts, id] };
    current = Math.max(current, watermark ?? -Infinity);
    if (current - last <= interval) return [row];
    last = current;
    return [row, { watermark: current }];
  });
}

const rowsArbitrary = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 9 }), fc.option(fc.integer({ min: -6, max: 3 }), { freq: 6 })), {
    maxLength: 50,
  })
  .map((steps) => {
    let now = -20;
    return steps.map(([step, delay], id): Row => [(now += step), id, delay === null ? null : now + delay]);
  });

describe('WatermarkAssigner', () => {
  test('sends the row first, then the watermark that it raises, at any batching', () => {
    fc.assert(
      fc.property(
        rowsArbitrary,
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (rows, interval, sizes) => {
          const operator = new WatermarkAssigner({ input, timeColumn: 0, watermarkColumn: 2, interval });
          const collector = connect(operator);
          for (const part of cut(rows, sizes)) operator.push(batchOf(input, part));
          expect(collector.take()).toEqual(naive(rows, interval));
        },
      ),
    );
  });

  test('with a granularity it sends the first watermark in each cell, where the full sequence has it', () => {
    const grids = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 20 }), offset: fc.integer({ min: -5, max: 5 }) }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(
        rowsArbitrary,
        grids,
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (rows, granularity, interval, sizes) => {
          const operator = new WatermarkAssigner({ input, timeColumn: 0, watermarkColumn: 2, interval, granularity });
          const collector = connect(operator);
          for (const part of cut(rows, sizes)) operator.push(batchOf(input, part));
          const cell = (w: number): string =>
            granularity.map(({ step, offset }) => Math.floor((w + 1 - offset) / step)).join();
          let last = '';
          const expected = naive(rows, interval).filter((output) => {
            if (isRow(output) || cell(output.watermark) === last) return isRow(output);
            last = cell(output.watermark);
            return true;
          });
          expect(collector.take()).toEqual(expected);
        },
      ),
    );
  });

  test('never goes below 1970, passes only the end of its input on', () => {
    const operator = new WatermarkAssigner({ input, timeColumn: 0, watermarkColumn: 2, interval: 0 });
    const collector = connect(operator);
    operator.push(batchOf(input, [[-5, 1, -5]]));
    operator.advance(17);
    operator.advance(Infinity);
    operator.finish();
    expect(collector.take()).toEqual([{ kind: '+I', row: [-5, 1] }, { watermark: Infinity }]);
  });

  test('the timer sends what the interval holds back, when there is one', () => {
    for (const timer of [false, true]) {
      const operator = new WatermarkAssigner({ input, timeColumn: 0, watermarkColumn: 2, interval: 200, timer });
      const collector = connect(operator);
      operator.push(batchOf(input, [[100, 1, 100]]));
      collector.take();
      operator.tick(0);
      operator.tick(200);
      expect(collector.take()).toEqual(timer ? [{ watermark: 100 }] : []);
    }
  });

  test('a NULL time fails the job', () => {
    const operator = new WatermarkAssigner({ input, timeColumn: 0, watermarkColumn: 2, interval: 0 });
    connect(operator);
    expect(() => operator.push(batchOf(input, [[null, 1, null]]))).toThrow(
      /RUNTIME_NULL: RowTime field should not be null/,
    );
  });
});
