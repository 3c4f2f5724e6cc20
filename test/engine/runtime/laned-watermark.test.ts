import { describe, expect, test } from 'vitest';
import { LaneMinimum } from '../../../engine/runtime/laned-watermark.ts';

/** Tells what rises. */
class Noted extends LaneMinimum {
  readonly sent: number[] = [];
  override advance(lane: number, watermark: number): number | undefined {
    return this.#note(super.advance(lane, watermark));
  }
  override idle(lane: number): number | undefined {
    return this.#note(super.idle(lane));
  }
  #note(risen: number | undefined): number | undefined {
    if (risen !== undefined) this.sent.push(risen);
    return risen;
  }
}

function minimum(count: number): { lanes: LaneMinimum; sent: number[] } {
  const lanes = new Noted(count);
  return { lanes, sent: lanes.sent };
}

describe('The watermark of a source with several lanes', () => {
  test('is the least of them, and waits for the first of each', () => {
    const { lanes, sent } = minimum(2);
    lanes.advance(0, 10);
    expect(sent).toEqual([]);
    lanes.advance(1, 5);
    lanes.advance(1, 20);
    lanes.advance(0, 15);
    expect(sent).toEqual([5, 10, 15]);
  });
  test('never goes back', () => {
    const { lanes, sent } = minimum(2);
    lanes.advance(0, 10);
    lanes.idle(1);
    lanes.advance(1, 3);
    lanes.advance(1, 12);
    expect(sent).toEqual([10]);
    lanes.advance(0, 11);
    expect(sent).toEqual([10, 11]);
  });
  test('leaves idle lanes out', () => {
    const { lanes, sent } = minimum(3);
    lanes.advance(0, 10);
    lanes.idle(1);
    expect(sent).toEqual([]);
    lanes.idle(2);
    expect(sent).toEqual([10]);
  });
  test('ends when every lane has ended', () => {
    const { lanes, sent } = minimum(2);
    lanes.advance(0, Infinity);
    lanes.advance(1, 7);
    lanes.advance(1, Infinity);
    expect(sent).toEqual([7, Infinity]);
  });
  test('comes back from a snapshot', () => {
    const first = minimum(2);
    first.lanes.advance(0, 10);
    first.lanes.advance(1, 4);
    const second = minimum(2);
    second.lanes.restore(first.lanes.snapshot());
    second.lanes.advance(1, 8);
    expect([...first.sent, ...second.sent]).toEqual([4, 8]);
  });
});
