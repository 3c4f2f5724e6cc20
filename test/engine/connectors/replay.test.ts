import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../../engine/connectors/registry.ts';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { ManualClock } from '../../../engine/runtime/clock.ts';
import { BIGINT, ROW, STRING, TIMESTAMP } from '../../../engine/types/type.ts';
import { openSource, readRows, sourceContext, table } from '../../support/source.ts';

const at = (ms: number): string => new Date(ms).toISOString().slice(0, 23);
const data = (times: (number | null)[]): string =>
  JSON.stringify(times.map((time, i) => [i, time === null ? null : at(time)]));
const replayed = (times: (number | null)[], options: Record<string, string> = {}) =>
  table(
    { id: BIGINT, ts: TIMESTAMP(3) },
    { connector: 'inline', data: data(times), 'replay.time-column': 'ts', ...options },
  );

/** What comes out in each step of 100 ms. */
async function steps(source: ReturnType<typeof replayed>, paths: string[][], count: number) {
  const clock = new ManualClock();
  const opened = await openSource(sourceContext(source, paths, { clock }));
  const [split] = await opened.splits();
  const reader = await opened.open(split!, split!.start);
  const result: unknown[][] = [];
  for (let i = 0; i < count; i++) {
    const reading = reader.read();
    if (i > 0) clock.advance(100);
    const { batch, done } = await reading;
    result.push(batch === undefined ? [] : rowsOf(batch).map((row) => Number(row[0])));
    if (done) return [...result, 'done'];
  }
  return result;
}

describe('replay', () => {
  test('rows come at the pace of their times, in the order of the input', async () => {
    expect(await steps(replayed([0, 50, 250, 120, null, 360, 400]), [['id'], ['ts']], 10)).toEqual([
      [0],
      [],
      [1],
      [],
      [2, 3, 4],
      [5, 6],
      'done',
    ]);
  });

  test('faster, by a column that nobody has asked for', async () => {
    const source = replayed([0, 2000, 4000], { 'replay.speed': '10x' });
    expect(await steps(source, [['id']], 10)).toEqual([[0], [], [], [1], [], [2], 'done']);
  });

  test('without waiting', async () => {
    expect(await readRows(sourceContext(replayed([0, 1e7, 5e6], { 'replay.speed': 'max' }), [['id']]))).toEqual([
      [0n],
      [1n],
      [2n],
    ]);
  });

  test('goes on from a position within a batch', async () => {
    const clock = new ManualClock();
    const source = await openSource(sourceContext(replayed([0, 10, 5000]), [['id']], { clock }));
    const [split] = await source.splits();
    const reader = await source.open(split!, split!.start);
    await reader.read();
    clock.advance(20);
    const { batch, position } = await reader.read();
    expect(rowsOf(batch!)).toEqual([[1n]]);
    clock.advance(10_000);
    const again = await source.open(split!, position);
    expect(rowsOf((await again.read()).batch!)).toEqual([[2n]]);
  });

  test('a field of a ROW', async () => {
    const source = table(
      { r: ROW([{ name: 't', type: BIGINT }]), s: STRING },
      {
        connector: 'inline',
        data: '[[[5], "x"], [{"t": 105}, "y"]]'.replace('[5]', '{"t": 5}'),
        'replay.time-column': 'r.t',
      },
    );
    expect(
      await readRows(sourceContext({ ...source, options: { ...source.options, 'replay.speed': '1000x' } }, [['s']])),
    ).toEqual([['x'], ['y']]);
  });

  test.each([
    [{ 'replay.time-column': 'tz' }, 'there is no column tz'],
    [{ 'replay.time-column': 's' }, 'but s is STRING'],
    [{ 'replay.speed': '2x' }, "'replay.speed' needs 'replay.time-column'"],
    [{ 'replay.time-column': 'ts', 'replay.speed': 'fast' }, "must be like '600x' or 'max', not 'fast'"],
  ])('%o is refused', (options, message) => {
    const source = table({ ts: TIMESTAMP(3), s: STRING }, { connector: 'inline', data: '[]', ...options });
    expect(() => checkOptions(source)).toThrow(message);
  });
});
