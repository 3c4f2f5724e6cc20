import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import {
  parseBigint,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseDouble,
  parseInteger,
  parseTime,
  parseTimestamp,
} from '../../../engine/types/parse.ts';
import { dateToText, timestampToText, timeToText } from '../../../engine/types/text.ts';

const reason = (run: () => unknown): string => {
  try {
    return `no error but ${String(run())}`;
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError);
    return (error as MillraceError).reason;
  }
};

// Recorded from CAST('...' AS ...) of Flink 2.3.0.
describe('integers', () => {
  const int = (text: string): number => parseInteger(text, -2147483648, 2147483647);
  test.each<[string, number]>([
    ['12', 12],
    [' 12 ', 12],
    ['+12', 12],
    ['-12.9', -12],
    ['12.', 12],
    ['.5', 0],
    ['-2147483648', -2147483648],
    ['-0', 0],
  ])('%s', (text, value) => expect(int(text)).toBe(value));

  test.each<[string, string]>([
    ['12.x', "For input string: '12.x'. Invalid character found."],
    ['1e3', "For input string: '1e3'. Invalid character found."],
    [' ', "For input string: ''. Input is empty."],
    ['-', "For input string: '-'. Input has only positive or negative symbol."],
    ['2147483648', "For input string: '2147483648'. Overflow."],
    ['١', "For input string: '١'. Invalid character found."],
  ])('not %s', (text, message) => expect(reason(() => int(text))).toBe(message));

  test('of 64 bits', () => {
    expect(parseBigint('9223372036854775807.5')).toBe(9223372036854775807n);
    expect(reason(() => parseBigint('9223372036854775808'))).toMatch(/Overflow/);
  });
});

describe('decimals', () => {
  test.each<[string, number, number, bigint]>([
    ['1.005', 3, 2, 101n],
    ['1e3', 10, 2, 100000n],
    [' 1.5 ', 3, 1, 15n],
    ['+1.5', 3, 1, 15n],
    ['.5', 3, 1, 5n],
    ['5.', 3, 1, 50n],
    ['-1.25', 3, 1, -13n],
    ['5e-3', 10, 2, 1n],
    ['1e-30', 10, 2, 0n],
    ['0e999999999', 10, 2, 0n],
    ['00000000000000000000000000000000000000000000001.5', 38, 2, 150n],
    ['12345678901234567890123456789012345678', 38, 0, 12345678901234567890123456789012345678n],
  ])('%s as DECIMAL(%i, %i)', (text, precision, scale, value) =>
    expect(parseDecimal(text, precision, scale)).toBe(value),
  );

  test.each(['', 'x', '--1', '1.2.3', '1e', '12x', '123.4', '1e99'])('not %s', (text) => {
    expect(reason(() => parseDecimal(text, 3, 1))).toMatch(/^For input string/);
  });
});

describe('floating point', () => {
  test.each<[string, number]>([
    ['1e3', 1000],
    [' 1.5\t', 1.5],
    ['1.1f', 1.1],
    ['1d', 1],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['NaN', NaN],
    ['0x1p3', 8],
    ['0x1.8p1', 3],
    ['1e400', Infinity],
    ['-0', -0],
  ])('%s', (text, value) => expect(parseDouble(text)).toBe(value));
  test.each(['', 'x', 'infinity', 'nan', '0x10', '1e'])('not %s', (text) =>
    expect(reason(() => parseDouble(text))).toBeTypeOf('string'),
  );
});

test('booleans', () => {
  expect(['true', 'T', 'yes', 'Y', '1'].map(parseBoolean)).toEqual([true, true, true, true, true]);
  expect(['FALSE', 'f', 'no', 'n', '0'].map(parseBoolean)).toEqual([false, false, false, false, false]);
  expect(reason(() => parseBoolean(' true '))).toBe("Cannot parse ' true ' as BOOLEAN.");
});

describe('dates and times', () => {
  test.each<[string, string]>([
    ['2020-01-02', '2020-01-02'],
    ['2020-1-2', '2020-01-02'],
    ['2020-01', '2020-01-01'],
    ['2020', '2020-01-01'],
    ['2020-01-02 10:00:00', '2020-01-02'],
    ['20-01-02', '0020-01-02'],
  ])('DATE %s', (text, date) => expect(dateToText(parseDate(text))).toBe(date));
  test.each(['2020-02-30', '2020-13-01', '2020-01-02T10:00:00', '10000-01-02', '-1-01-02', 'x', ''])(
    'no DATE %s',
    (text) => {
      expect(reason(() => parseDate(text))).toBe(`For input string: '${text}'.`);
    },
  );

  test.each<[string, number, string]>([
    ['10:11:12', 0, '10:11:12'],
    ['10:11', 0, '10:11:00'],
    ['10', 0, '10:00:00'],
    ['1:2:3', 0, '01:02:03'],
    ['10:11:12.3456', 3, '10:11:12.346'],
    ['10:11:12.3456', 0, '10:11:12'],
    ['10:11:12.9996', 3, '10:11:13.0'],
    ['10:11:12+02:00', 0, '12:11:12'],
    [' 10:11:12 ', 0, '10:11:12'],
    ['10:11:12.567', 1, '10:11:12.5'],
  ])('TIME %s', (text, precision, time) => expect(timeToText(parseTime(text, precision), precision)).toBe(time));
  test.each(['25:00:00', '10:60:00', 'x', '2020-01-02 10:11:12', ''])('no TIME %s', (text) => {
    expect(reason(() => parseTime(text, 0))).toMatch(/^Invalid time format/);
  });

  test.each<[string, number, string]>([
    ['2020-01-02 03:04:05.123456789', 9, '2020-01-02 03:04:05.123456789'],
    ['2020-01-02 03:04:05.123456789', 3, '2020-01-02 03:04:05.123'],
    ['2020-01-02 03:04:05.123456789', 0, '2020-01-02 03:04:05'],
    ['2020-01-02', 3, '2020-01-02 00:00:00.000'],
    ['2020-1-2 3:4:5.', 3, '2020-01-02 03:04:05.000'],
    ['2020-01-02 24:00:00', 3, '2020-01-03 00:00:00.000'],
    ['2020-02-30 03:04:05', 3, '2020-02-29 03:04:05.000'],
    ['2021-02-29 03:04:05', 3, '2021-02-28 03:04:05.000'],
    ['+10000-01-02 03:04:05', 3, '0000-01-02 03:04:05.000'],
  ])('TIMESTAMP %s to %i digits', (text, precision, expected) => {
    const { ms, nanos } = parseTimestamp(text, precision);
    expect(timestampToText(ms, nanos, precision)).toBe(expected);
  });
  test.each([
    '2020-01-02 03:04:05.1234567891',
    '2020-01-02 03:04',
    '2020-01-02T03:04:05',
    ' 2020-01-02 03:04:05',
    '2020-01-02 03:04:05 ',
    '2020-01-02 23:59:60',
    '2020-01-32 03:04:05',
    '10000-01-02 03:04:05',
    '0000-01-02 03:04:05',
    '20-01-02 03:04:05',
    '2020-01-02 03:04:05Z',
    'x',
  ])('no TIMESTAMP %s', (text) =>
    expect(reason(() => parseTimestamp(text, 3))).toContain(`Text '${text}' could not be parsed`),
  );
});
