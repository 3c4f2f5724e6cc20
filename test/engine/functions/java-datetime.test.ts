// java/datetime.jsonl: what Java 17 (locale en-US) formats and parses; "!" where it throws.
//   ["format", pattern, seconds, nanos, text]             DateTimeFormatter over a LocalDateTime
//   ["parse", pattern, text, "seconds nanos"]
//   ["simple format", pattern, seconds, nanos, zone, text] SimpleDateFormat
//   ["simple parse", pattern, text, zone, milliseconds]
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import { simpleDateFormat, timeFormat } from '../../../engine/functions/java-datetime-format.ts';
import { timeParser } from '../../../engine/functions/java-datetime-parse.ts';
import { simpleDateParser } from '../../../engine/functions/java-simple-date.ts';
import { timeZone } from '../../../engine/types/time-zone.ts';

/** Years of two digits depend on the day: the one on which the file was made. */
const NOW = Date.UTC(2026, 10, 23);

const recorded = readFileSync(new URL('java/datetime.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as [string, ...(string | number)[]]);

const millis = (seconds: number, nanos: number): number => seconds * 1000 + Math.floor(nanos / 1e6);

function ours([what, ...rest]: readonly (string | number)[]): string {
  switch (what) {
    case 'format': {
      const [pattern, seconds, nanos] = rest as [string, number, number];
      return timeFormat(pattern)(millis(seconds, nanos), nanos % 1e6);
    }
    case 'simple format': {
      const [pattern, seconds, nanos, zoneId] = rest as [string, number, number, string];
      const zone = timeZone(zoneId);
      return simpleDateFormat(pattern, zone)(zone.toLocal(millis(seconds, nanos)), 0);
    }
    case 'parse': {
      const found = timeParser(rest[0] as string)(rest[1] as string);
      if (found === undefined) return '!';
      const seconds = Math.floor(found.ms / 1000);
      return `${seconds} ${(found.ms - seconds * 1000) * 1e6 + found.nanos}`;
    }
    default: {
      const [pattern, text, zoneId] = rest as [string, string, string];
      return String(simpleDateParser(pattern, () => NOW)(text, timeZone(zoneId)) ?? '!');
    }
  }
}

describe('formats of Java', () => {
  it.each(recorded)('%j %j %j %j', (...line) => {
    let answer: string;
    try {
      answer = ours(line);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'SQL_LITERAL') throw error;
      answer = '!';
    }
    expect(answer).toBe(String(line.at(-1)));
  });

  it('keeps the last text, but for the same day or second alone', () => {
    const format = timeFormat('yyyy-MM-dd');
    const texts = [0, 86_399_999, 86_400_000, -1, 0].map((ms) => format(ms, 0));
    expect(texts).toEqual(['1970-01-01', '1970-01-01', '1970-01-02', '1969-12-31', '1970-01-01']);
    const seconds = timeFormat('HH:mm:ss');
    expect([0, 999, 1000, 86_400_000].map((ms) => seconds(ms, 0))).toEqual([
      '00:00:00',
      '00:00:00',
      '00:00:01',
      '00:00:00',
    ]);
    const fractions = timeFormat('ss.SSSSSS');
    expect([fractions(1, 5000), fractions(1, 6000)]).toEqual(['00.001005', '00.001006']);
  });
});
