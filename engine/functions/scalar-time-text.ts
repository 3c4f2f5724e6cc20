/**
 * Times as text and text as times. DATE_FORMAT of timestamps and TO_TIMESTAMP[_LTZ] take patterns of Java's DateTimeFormatter, the others
 * of SimpleDateFormat (see java-datetime-format.ts, java-datetime-parse.ts, java-simple-date.ts).
 * Text that cannot be read gives NULL; Flink 2.3 gives a date in the year 5471 for TO_DATE with a format and fails TO_TIMESTAMP_LTZ(text).
 */
import { MillraceError } from '../errors.ts';
import type { EvalContext } from '../expr/expr.ts';
import { daysOf, MS_PER_DAY } from '../types/calendar.ts';
import { parseDate, parseTimestamp, type ParsedTimestamp } from '../types/parse.ts';
import { timeZone } from '../types/time-zone.ts';
import { BIGINT, DATE, isString, STRING, TIMESTAMP, type DataType } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { simpleDateFormat, timeFormat, type ClockFormat } from './java-datetime-format.ts';
import { timeParser, type ClockParser } from './java-datetime-parse.ts';
import { simpleDateParser, type InstantParser } from './java-simple-date.ts';
import { legacyZone } from './java-zone.ts';
import { asBigint, defineScalar, maybe, strictly, text, type Closure } from './scalar-define.ts';
import { localMillisOf, nanosOf, sessionZone, timestampOnly } from './scalar-time-value.ts';
import { unixNow } from './scalar-time-now.ts';

const DEFAULT_FORMAT = 'yyyy-MM-dd HH:mm:ss';
const LEAST_UNIX = -(2n ** 63n);

/** Keeps what was made of the last pattern: a pattern is nearly always a constant. */
function remember<T>(make: (pattern: string) => T): (pattern: string) => T {
  let last: string | undefined;
  let made: T;
  return (pattern) => {
    if (pattern !== last) [made, last] = [make(pattern), pattern];
    return made;
  };
}

/** The value of a reader, or undefined where it throws CAST_FAILED. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'CAST_FAILED') return undefined;
    throw error;
  }
}

function dateFormat(type: DataType, context: EvalContext): Closure {
  if (isString(type)) {
    const utc = timeZone('UTC');
    const read = simpleDateParser(DEFAULT_FORMAT, () => context.now);
    const formatOf = remember((pattern): ClockFormat => simpleDateFormat(pattern, utc));
    return (value: string, pattern: string) => {
      const ms = read(value, utc);
      return ms === undefined ? null : formatOf(pattern)(ms, 0);
    };
  }
  const [local, nanos] = [localMillisOf(type, sessionZone(context)), nanosOf(type)];
  const formatOf = remember(timeFormat);
  return (value, pattern: string) => formatOf(pattern)(local(value), nanos(value));
}

/**
 * A timestamp by a pattern; if that does not fit, by java.sql.Timestamp.valueOf or java.sql.Date.valueOf, as Flink: so text in the default
 * form is read whatever the pattern, and days and hours beyond their ends run on.
 */
function readTimestamp(value: string, parse: ClockParser): ParsedTimestamp | undefined {
  return parse(value) ?? readSqlTimestamp(value.trim());
}

type Six = [number, number, number, number, number, number];
const sqlTimestamp = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (-?\d+):(-?\d+):(-?\d+)(?:\.(\d{1,9}))?)?$/;

function readSqlTimestamp(value: string): ParsedTimestamp | undefined {
  const match = sqlTimestamp.exec(value);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as Six;
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const nano = Number((match[7] ?? '').padEnd(9, '0'));
  const seconds = (hour * 60 + minute) * 60 + second;
  return {
    ms: daysOf(year, month, day) * MS_PER_DAY + seconds * 1000 + Math.floor(nano / 1e6),
    nanos: nano % 1e6,
  };
}

/** A parser of timestamps by the pattern of the call, or of the default form without one. A wrong pattern reads nothing. */
export function timestampReader(): (value: string, pattern: string | undefined) => ParsedTimestamp | undefined {
  const parserOf = remember((pattern): ClockParser | undefined => {
    try {
      return timeParser(pattern);
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'SQL_LITERAL') return undefined;
      throw error;
    }
  });
  return (value, pattern) => {
    if (pattern === undefined) return orUndefined(() => parseTimestamp(value, 9));
    const parse = parserOf(pattern);
    return parse === undefined ? undefined : readTimestamp(value, parse);
  };
}

function instantReader(context: EvalContext): (pattern: string) => InstantParser {
  return remember((pattern) => simpleDateParser(pattern, () => context.now));
}

export const timeTextFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'DATE_FORMAT',
    signature: 'DATE_FORMAT(timestamp, format)',
    summary:
      "The timestamp as text by a Java pattern such as 'yyyy-MM-dd HH:mm:ss'; text stands for a timestamp in that form.",
    params: [
      [timestampOnly, text],
      [text, text],
    ],
    returns: maybe(STRING),
    implement: ({ argTypes }, context) => dateFormat(argTypes[0]!, context),
  }),
  defineScalar({
    name: 'FROM_UNIXTIME',
    signature: 'FROM_UNIXTIME(seconds[, format])',
    summary: "Seconds since 1970 as text in the session's time zone, by default in the form 'yyyy-MM-dd HH:mm:ss'.",
    params: [[asBigint], [asBigint, text]],
    returns: maybe(STRING),
    implement: (_binding, context) => {
      const zone = sessionZone(context);
      const formatOf = remember((pattern): ClockFormat => simpleDateFormat(pattern, zone));
      return (seconds: bigint, pattern: string = DEFAULT_FORMAT) =>
        formatOf(pattern)(zone.toLocal(Number(seconds) * 1000), 0);
    },
  }),
  defineScalar({
    name: 'UNIX_TIMESTAMP',
    signature: 'UNIX_TIMESTAMP([text[, format]])',
    summary:
      "Seconds since 1970 of a text in the session's time zone, or now; the least BIGINT when it cannot be read.",
    params: [[], [text], [text, text]],
    deterministic: false,
    returns: strictly(BIGINT),
    implement: ({ argTypes }, context) => {
      if (argTypes.length === 0) return () => unixNow(context);
      const zone = sessionZone(context);
      const readerOf = instantReader(context);
      return (value: string, pattern: string = DEFAULT_FORMAT) => {
        const ms = readerOf(pattern)(value, zone);
        return ms === undefined ? LEAST_UNIX : BigInt(Math.trunc(ms / 1000));
      };
    },
  }),
  defineScalar({
    name: 'TO_DATE',
    signature: 'TO_DATE(text[, format])',
    summary: "The date that a text names, by default in the form 'yyyy-MM-dd'; NULL when it cannot be read.",
    params: [[text], [text, text]],
    returns: maybe(DATE),
    implement: (_binding, context) => {
      const utc = timeZone('UTC');
      const readerOf = instantReader(context);
      return (value: string, pattern?: string) => {
        if (pattern === undefined) return orUndefined(() => parseDate(value)) ?? null;
        const ms = readerOf(pattern)(value, utc);
        return ms === undefined ? null : Math.floor(ms / MS_PER_DAY);
      };
    },
  }),
  defineScalar({
    name: 'TO_TIMESTAMP',
    signature: 'TO_TIMESTAMP(text[, format])',
    summary:
      "The timestamp that a text names, by default in the form 'yyyy-MM-dd HH:mm:ss'; NULL when it cannot be read.",
    params: [[text], [text, text]],
    returns: maybe(TIMESTAMP(3)),
    implement: () => {
      const read = timestampReader();
      return (value: string, pattern?: string) => read(value, pattern)?.ms ?? null;
    },
  }),
  defineScalar({
    name: 'CONVERT_TZ',
    signature: 'CONVERT_TZ(text, fromZone, toZone)',
    summary:
      "A text in the form 'yyyy-MM-dd HH:mm:ss' moved from one time zone to another. An unknown zone counts as GMT.",
    params: [[text, text, text]],
    returns: maybe(STRING),
    implement: (_binding, context) => {
      const read = simpleDateParser(DEFAULT_FORMAT, () => context.now);
      const format = simpleDateFormat(DEFAULT_FORMAT, timeZone('UTC'));
      const [fromOf, toOf] = [remember(legacyZone), remember(legacyZone)];
      return (value: string, from: string, to: string) => {
        const ms = read(value, fromOf(from));
        return ms === undefined ? null : format(toOf(to).toLocal(ms), 0);
      };
    },
  }),
];
