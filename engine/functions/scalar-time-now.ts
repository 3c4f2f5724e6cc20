/** The current time. All give the time of the batch in streaming and of the job in batch mode: `context.now`. */
import { MS_PER_DAY } from '../types/calendar.ts';
import { DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ, withNullable, type DataType } from '../types/type.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { Value } from '../types/value.ts';
import type { ScalarFunction } from './function.ts';
import { always, defineScalar } from './scalar-define.ts';
import { sessionZone, timestampOnly } from './scalar-time-value.ts';

function current(
  name: string,
  aliases: readonly string[],
  type: DataType,
  summary: string,
  value: (now: number, local: () => number) => Value,
): ScalarFunction {
  return defineScalar({
    name,
    aliases,
    signature: name,
    summary,
    params: [[]],
    deterministic: false,
    returns: always(type),
    implement: (_binding, context) => {
      const zone = sessionZone(context);
      return () => value(context.now, () => zone.toLocal(context.now));
    },
  });
}

/** A time of day of whole seconds. */
const secondsOfDay = (local: number): number => {
  const ofDay = local - Math.floor(local / MS_PER_DAY) * MS_PER_DAY;
  return ofDay - (ofDay % 1000);
};

const watermark = ({ watermark: value }: EvalContext): Value =>
  value === undefined || value === -Infinity ? null : value;

export const timeNowFunctions: readonly ScalarFunction[] = [
  current('CURRENT_TIMESTAMP', ['NOW', 'CURRENT_ROW_TIMESTAMP'], TIMESTAMP_LTZ(3), 'The current time.', (now) => now),
  current('PROCTIME', [], TIMESTAMP_LTZ(3), 'The processing time, as a time attribute.', (now) => now),
  current('LOCALTIMESTAMP', [], TIMESTAMP(3), 'The wall clock of the session’s time zone.', (_now, local) => local()),
  current('CURRENT_DATE', [], DATE, 'The date in the session’s time zone.', (_now, local) =>
    Math.floor(local() / MS_PER_DAY),
  ),
  current('LOCALTIME', ['CURRENT_TIME'], TIME(0), 'The time of day in the session’s time zone.', (_now, local) =>
    secondsOfDay(local()),
  ),
  defineScalar({
    name: 'CURRENT_WATERMARK',
    signature: 'CURRENT_WATERMARK(rowtime)',
    summary: 'The watermark before the row, of the type of the rowtime attribute; NULL before the first one.',
    params: [[timestampOnly]],
    nulls: 'custom',
    deterministic: false,
    returns: ([rowtime]) => withNullable({ ...rowtime!, precision: 3 } as DataType, true),
    implement: (_binding, context) => () => watermark(context),
  }),
];

/** UNIX_TIMESTAMP(): whole seconds since 1970. */
export const unixNow = (context: EvalContext): bigint => BigInt(Math.floor(context.now / 1000));
