import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../../engine/connectors/registry.ts';
import { nexmarkColumns } from '../../../engine/connectors/nexmark-fields.ts';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { ManualClock } from '../../../engine/runtime/clock.ts';
import { INT } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { openSource, readRows, sourceContext, table } from '../../support/source.ts';

const nexmark = (options: Record<string, string> = {}) =>
  table(nexmarkColumns, { connector: 'nexmark', 'events.num': '10000', 'first-event.rate': '100000', ...options });
const fields = (row: Value[], i: number): Value[] => row[i] as Value[];
const day = Date.UTC(2024, 0, 1);

describe('nexmark source', () => {
  test('people, auctions and bids in their proportion, each with its own columns', async () => {
    const rows = await readRows(sourceContext(nexmark()));
    expect([0, 1, 2].map((type) => rows.filter((row) => row[0] === type).length)).toEqual([200, 600, 9200]);
    for (const row of rows) {
      expect([row[1], row[2], row[3]].map((value) => value !== null)).toEqual([0, 1, 2].map((type) => row[0] === type));
    }
    const people = rows.filter((row) => row[0] === 0).map((row) => fields(row, 1));
    expect(people.map((person) => person[0])).toEqual(people.map((_, i) => BigInt(1000 + i)));
    expect(people.every((person) => /^[A-Z]\w+ [A-Z]\w+$/.test(person[1] as string))).toBe(true);
    expect(people.every((person) => /^[a-z]+@[a-z]+\.com$/.test(person[2] as string))).toBe(true);
    expect(people.every((person) => /^\d{4} \d{4} \d{4} \d{4}$/.test(person[3] as string))).toBe(true);
    const auctions = rows.filter((row) => row[0] === 1).map((row) => fields(row, 2));
    expect(auctions.map((auction) => auction[0])).toEqual(auctions.map((_, i) => BigInt(1000 + i)));
    expect(auctions.every((auction) => (auction[4] as bigint) > (auction[3] as bigint))).toBe(true);
    expect(auctions.every((auction) => (auction[6] as number) > (auction[5] as number))).toBe(true);
    expect(new Set(auctions.map((auction) => auction[8]))).toEqual(new Set([10n, 11n, 12n, 13n, 14n]));
    const bids = rows.filter((row) => row[0] === 2).map((row) => fields(row, 3));
    expect(bids.every((bid) => (bid[2] as bigint) >= 100n && (bid[2] as bigint) <= 100_000_000n)).toBe(true);
    const hotChannels = bids.filter((bid) => !(bid[3] as string).startsWith('channel-')).length / bids.length;
    expect(hotChannels).toBeGreaterThan(0.45);
    expect(hotChannels).toBeLessThan(0.55);
    const size = bids.reduce((sum, bid) => sum + (bid[6] as string).length, 0) / bids.length;
    expect(size).toBeGreaterThan(60);
    expect(size).toBeLessThan(76);
  });

  test('bids are for auctions and by people that exist, or come at once', async () => {
    const rows = await readRows(sourceContext(nexmark(), [['event_type'], ['bid', 'auction'], ['bid', 'bidder']]));
    rows.forEach(([type, auction, bidder], event) => {
      if (type !== 2) return;
      const round = Math.floor(event / 50);
      expect(Number(auction)).toBeLessThanOrEqual(1000 + round * 3 + 2 + 10);
      expect(Number(bidder)).toBeLessThanOrEqual(1000 + round + 10);
      expect(Number(auction)).toBeGreaterThanOrEqual(1000);
    });
  });

  test('time goes by the rate', async () => {
    const paths = [['event_type'], ['person', 'dateTime'], ['auction', 'dateTime'], ['bid', 'dateTime']];
    const rows = await readRows(sourceContext(nexmark(), paths));
    rows.forEach((row, i) => expect(row[1 + (row[0] as number)]).toBe(day + Math.floor(i / 100)));
  });

  test('the same events, whatever is asked for and from wherever', async () => {
    const all = await readRows(sourceContext(nexmark()));
    const some = await readRows(
      sourceContext(nexmark(), [
        ['bid', 'price'],
        ['auction', 'reserve'],
        ['bid', 'url'],
      ]),
    );
    expect(some).toEqual(
      all.map((row) => [row[3] && fields(row, 3)[2], row[2] && fields(row, 2)[4], row[3] && fields(row, 3)[4]]),
    );
    const source = await openSource(sourceContext(nexmark()));
    const reader = await source.open((await source.splits())[0]!, { event: 4096 });
    expect(rowsOf((await reader.read()).batch!)).toEqual(all.slice(4096, 8192));
    const longer = await readRows(sourceContext(nexmark({ 'events.num': '12000' })));
    expect(longer.slice(0, 8192)).toEqual(all.slice(0, 8192));
  });

  test('paced by the clock, and alive after its end', async () => {
    const clock = new ManualClock();
    const options = {
      'max-emit-speed': 'false',
      'first-event.rate': '1000',
      'events.num': '100',
      'keep-alive': 'true',
    };
    const source = await openSource(sourceContext(nexmark(options), [['event_type']], { clock }));
    expect(source.boundedness).toBe('unbounded');
    const reader = await source.open((await source.splits())[0]!, { event: 0 });
    const lengths: number[] = [];
    for (let i = 0; i < 5; i++) {
      const reading = reader.read();
      clock.advance(100);
      const { batch, done } = await reading;
      lengths.push(batch?.length ?? 0);
      expect(done).toBe(false);
    }
    expect(lengths).toEqual([50, 50, 0, 0, 0]);
  });

  test('other columns are refused', () => {
    const options = { connector: 'nexmark' };
    expect(() => checkOptions(table({ event_typ: INT }, options))).toThrow(
      "connector 'nexmark' has no column event_typ",
    );
    expect(() => checkOptions(table({ bid: INT }, options))).toThrow('column bid must be ROW<');
    expect(() => checkOptions(table({}, { ...options, 'bid.proportions': '1' }))).toThrow(
      "no option 'bid.proportions'",
    );
  });
});
