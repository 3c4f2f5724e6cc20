import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMonthsToDays, addMonthsToMs, civilOf, daysOf } from '../../../engine/types/calendar.ts';
import { findTimeZone, timeZone } from '../../../engine/types/time-zone.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const HOUR = 3_600_000;

describe('time zones', () => {
  test('take IANA names and GMT with an offset, and nothing that Flink refuses', () => {
    expect(timeZone('GMT+05:30').fixed).toBe(5.5 * HOUR);
    expect(timeZone('GMT-8').fixed).toBe(-8 * HOUR);
    expect(timeZone('UTC').fixed).toBe(0);
    expect(timeZone('Asia/Shanghai').offsetAt(utc('2020-01-01T00:00'))).toBe(8 * HOUR);
    for (const id of ['+05:30', '-8', 'Mars/Olympus', '', 'GMT+25:00']) expect(findTimeZone(id)).toBeUndefined();
    expect(() => timeZone('Nowhere')).toThrow(/"Nowhere" is no time zone/);
  });

  test('change to and from summer time to the second', () => {
    const zone = timeZone('America/Los_Angeles');
    const spring = utc('2020-03-08T10:00');
    expect([zone.offsetAt(spring - 1), zone.offsetAt(spring)]).toEqual([-8 * HOUR, -7 * HOUR]);
    expect(zone.toLocal(spring)).toBe(utc('2020-03-08T03:00'));
  });

  test('a wall clock in a gap is later by the gap, in an overlap the earlier of two', () => {
    const zone = timeZone('America/Los_Angeles');
    expect(zone.toInstant(utc('2020-03-08T02:30'))).toBe(utc('2020-03-08T10:30'));
    expect(zone.toInstant(utc('2020-11-01T01:30'))).toBe(utc('2020-11-01T08:30'));
    expect(zone.toInstant(utc('2020-11-01T02:30'))).toBe(utc('2020-11-01T10:30'));
    const lordHowe = timeZone('Australia/Lord_Howe'); // half an hour of summer time
    expect(lordHowe.toInstant(utc('2020-10-04T02:15'))).toBe(utc('2020-10-03T15:45'));
  });

  test('are the same as Intl says at any instant', () => {
    const instants = fc.integer({ min: -2_208_988_800, max: 4_102_444_800 });
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'Africa/Casablanca', 'Pacific/Apia', 'Asia/Tehran'),
        instants,
        (id, s) => {
          const text = new Date(s * 1000).toLocaleString('sv-SE', { timeZone: id });
          expect(timeZone(id).toLocal(s * 1000)).toBe(utc(text.replace(' ', 'T')));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('toInstant undoes toLocal outside of overlaps', () => {
    const zone = timeZone('Europe/Berlin');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (s) => {
        const local = zone.toLocal(s * 1000);
        expect(zone.toLocal(zone.toInstant(local))).toBe(local);
      }),
    );
  });
});

describe('calendar', () => {
  test('agrees with Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000_000, max: 5_000_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        const { year, month, day } = civilOf(days);
        expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
        expect(daysOf(year, month, day)).toBe(days);
      }),
    );
  });

  test('months are added with the day clamped', () => {
    expect(civilOf(addMonthsToDays(daysOf(2020, 1, 31), 1))).toEqual({ year: 2020, month: 2, day: 29 });
    expect(civilOf(addMonthsToDays(daysOf(2020, 1, 31), -2))).toEqual({ year: 2019, month: 11, day: 30 });
    expect(addMonthsToMs(utc('1969-12-31T23:59:59.999'), 2)).toBe(utc('1970-02-28T23:59:59.999'));
  });
});
