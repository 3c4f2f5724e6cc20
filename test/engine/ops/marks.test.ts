import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expr } from '../../../engine/expr/expr.ts';
import { Calc } from '../../../engine/ops/calc.ts';
import { Chain } from '../../../engine/ops/chain.ts';
import { type Marks, pushMarked, pushPieces } from '../../../engine/ops/marks.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { SessionAggregate } from '../../../engine/ops/session-aggregate.ts';
import { WatermarkAssigner } from '../../../engine/ops/watermark.ts';
import * as T from '../../../engine/types/type.ts';
import { call, eventsArbitrary, timed } from './events.ts';
import { batchOfChanges, type Change, connect, textOf } from './harness.ts';

/** Events as batches of `size` rows with marks. */
function marked(
  events: readonly (Change | { readonly watermark: number })[],
  size: number,
): { changes: Change[]; marks: Marks }[] {
  const parts: { changes: Change[]; marks: { rows: number[]; values: number[] } }[] = [];
  let current = { changes: [] as Change[], marks: { rows: [] as number[], values: [] as number[] } };
  for (const event of events) {
    if ('watermark' in event) {
      if (event.watermark === Infinity) continue;
      current.marks.rows.push(current.changes.length);
      current.marks.values.push(event.watermark);
    } else current.changes.push(event);
    if (current.changes.length < size) continue;
    parts.push(current);
    current = { changes: [], marks: { rows: [], values: [] } };
  }
  return [...parts, current];
}

const column = (index: number): Expr => ({ kind: 'column', type: timed[index]!.type, index, name: timed[index]!.name });
const session = (retract: boolean) => (): Operator =>
  new SessionAggregate({
    input: timed,
    timeColumn: 0,
    gap: 3,
    keys: [1],
    calls: [call('COUNT', [], T.BIGINT), call('SUM', [2], T.BIGINT)],
    properties: ['start', 'end', 'time'],
    retract,
  });
const filter = (): Operator =>
  new Calc({ kind: 'is-null', type: T.BOOLEAN, input: column(2), negated: true }, [column(1), column(0)], {
    timeZone: 'UTC',
    watermark: undefined,
    now: 0,
  });
const filtered = (): Operator =>
  new Calc({ kind: 'is-null', type: T.BOOLEAN, input: column(2), negated: true }, [column(0), column(1), column(2)], {
    timeZone: 'UTC',
    watermark: undefined,
    now: 0,
  });

describe('a batch with marks means its pieces', () => {
  test.each<[string, boolean, () => Operator]>([
    ['sessions', false, session(false)],
    ['sessions of updating input', true, session(true)],
    ['a filter', true, filter],
    ['a filter before sessions', false, () => new Chain(filtered(), session(false)())],
  ])('%s', (_name, retract, make) => {
    fc.assert(
      fc.property(eventsArbitrary(retract && 'open', 60), fc.integer({ min: 1, max: 30 }), (events, size) => {
        const [whole, pieces] = [make(), make()];
        const [a, b] = [connect(whole), connect(pieces)];
        for (const { changes, marks } of marked(events, size)) {
          const batch = batchOfChanges(timed, changes);
          pushMarked(
            {
              push: (part) => whole.push(part, 0),
              advance: (watermark) => whole.advance(watermark, 0),
              pushMarked: whole.pushMarked && ((part, at) => whole.pushMarked!(part, at, 0)),
            },
            batch,
            marks,
          );
          pushPieces({ push: (part) => pieces.push(part, 0), advance: (w) => pieces.advance(w, 0) }, batch, marks);
        }
        whole.advance(Infinity, 0);
        pieces.advance(Infinity, 0);
        expect(textOf(a.take())).toEqual(textOf(b.take()));
        expect(whole.stats().lateRows).toBe(pieces.stats().lateRows);
      }),
    );
  });

  test('without marks it is a batch like others', () => {
    const got: string[] = [];
    const output = {
      push: () => got.push('push'),
      advance: () => got.push('advance'),
      pushMarked: () => got.push('marked'),
    };
    const f64 = {
      storage: 'f64' as const,
      type: T.TIMESTAMP(3),
      length: 1,
      valid: undefined,
      values: Float64Array.of(1),
    };
    pushMarked(output, { length: 1, kinds: undefined, columns: [f64] }, { rows: [], values: [] });
    expect(got).toEqual(['push']);
  });

  test('the assigner of watermarks sends them whole to whoever takes them so', () => {
    const assigner = new WatermarkAssigner({
      input: [{ name: 'ts', type: T.TIMESTAMP(3) }],
      timeColumn: 0,
      watermarkColumn: 1,
      interval: 0,
    });
    const got: unknown[] = [];
    assigner.connect({
      push: ({ length }) => got.push(length),
      advance: (watermark) => got.push({ watermark }),
      pushMarked: ({ length }, { rows, values }) => got.push([length, [...Array.from(rows)], [...Array.from(values)]]),
    });
    const values = Float64Array.of(5, 3, 9, 9, 2);
    const f64 = { storage: 'f64' as const, type: T.TIMESTAMP(3), length: 5, valid: undefined, values };
    assigner.push({ length: 5, kinds: undefined, columns: [f64, f64] });
    expect(got).toEqual([[5, [1, 3], [5, 9]]]);
  });
});
