/** Time zones: offsets from UTC by instant, and wall clock to instant as java.time does it. */
import { MillraceError } from '../errors.ts';
import type { EpochMs, Ms } from './value.ts';

/** A zone of `table.local-time-zone`. Offsets are milliseconds east of UTC. */
export interface TimeZone {
  readonly id: string;
  /** The offset when it never changes. */
  readonly fixed: Ms | undefined;
  offsetAt(instant: EpochMs): Ms;
  /** What the wall clock shows at `instant`, as milliseconds since 1970-01-01T00:00 of that clock. */
  toLocal(instant: EpochMs): number;
  /**
   * The instant at which the wall clock shows `local`. Of two (clocks set back) the earlier; in a gap (clocks set forward) as much later as the gap is long:
   * 02:30 on 8 March 2020 in Los Angeles is 03:30. As java.time's LocalDateTime.atZone.
   */
  toInstant(local: number): EpochMs;
}

const zones = new Map<string, TimeZone>();

/** The zone of that id, cached. Throws MillraceError OPTION_VALUE when there is no such zone. */
export function timeZone(id: string): TimeZone {
  let zone = zones.get(id);
  if (zone === undefined) {
    zone = findTimeZone(id);
    if (zone === undefined) {
      throw new MillraceError('OPTION_VALUE', `"${id}" is no time zone`, {
        hint: "use a name such as 'Europe/Berlin' or an offset such as 'GMT+05:30'",
      });
    }
    zones.set(id, zone);
  }
  return zone;
}

/**
 * The zone of that id or undefined. Taken: IANA names (`America/Los_Angeles`), `UTC`, `GMT`, `UT`, `Z`, and GMT with an offset
 * (`GMT+8`, `GMT-08:00`, also after UTC and UT). A bare offset (`+05:30`) is refused, as Flink refuses it.
 */
export function findTimeZone(id: string): TimeZone | undefined {
  const offset = fixedOffset(id);
  if (offset !== undefined) return new FixedZone(id, offset);
  if (!/^[A-Za-z]/.test(id)) return undefined;
  try {
    return new NamedZone(id);
  } catch {
    return undefined;
  }
}

function fixedOffset(id: string): Ms | undefined {
  const match = /^(?:Z|(?:GMT|UTC|UT)(?:([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?)?)$/.exec(id);
  if (match === null) return undefined;
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  if (Number(hours) > 18 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' && size !== 0 ? -size : size;
}

class FixedZone implements TimeZone {
  readonly id: string;
  readonly fixed: Ms;
  constructor(id: string, offset: Ms) {
    this.id = id;
    this.fixed = offset;
  }
  offsetAt(): Ms {
    return this.fixed;
  }
  toLocal(instant: EpochMs): number {
    return instant + this.fixed;
  }
  toInstant(local: number): EpochMs {
    return local - this.fixed;
  }
}

/** Offsets are looked up a week at a time: a week holds at most one change in every zone of the database. */
const WEEK = 7 * 86_400_000;
interface Week {
  readonly start: EpochMs;
  readonly before: Ms;
  /** The instant from which `after` holds; the end of the week when nothing changes. */
  readonly change: EpochMs;
  readonly after: Ms;
}

class NamedZone implements TimeZone {
  readonly id: string;
  readonly fixed = undefined;
  readonly #format: Intl.DateTimeFormat;
  readonly #weeks = new Map<number, Week>();
  #last: Week;

  constructor(id: string) {
    this.id = id;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: id,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    this.#last = this.#week(0);
  }

  offsetAt(instant: EpochMs): Ms {
    let week = this.#last;
    if (instant < week.start || instant >= week.start + WEEK) {
      const index = Math.floor(instant / WEEK);
      week = this.#weeks.get(index) ?? this.#week(index);
      this.#last = week;
    }
    return instant < week.change ? week.before : week.after;
  }

  toLocal(instant: EpochMs): number {
    return instant + this.offsetAt(instant);
  }

  toInstant(local: number): EpochMs {
    const before = this.offsetAt(local - 86_400_000);
    const after = this.offsetAt(local + 86_400_000);
    if (before === after) return local - before;
    const early = local - before;
    if (this.offsetAt(early) === before) return early;
    const late = local - after;
    return this.offsetAt(late) === after ? late : early;
  }

  #week(index: number): Week {
    const start = index * WEEK;
    const end = start + WEEK;
    const before = this.#offset(start);
    const after = this.#offset(end);
    let change = end;
    if (before !== after) {
      let [low, high] = [start, end];
      while (high - low > 1000) {
        const middle = Math.floor((low + high) / 2000) * 1000;
        if (this.#offset(middle) === before) low = middle;
        else high = middle;
      }
      change = high;
    }
    const week: Week = { start, before, change, after };
    this.#weeks.set(index, week);
    return week;
  }

  /** The offset at an instant of whole seconds, from the difference between its wall clock and UTC. */
  #offset(instant: EpochMs): Ms {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) parts[type] = value;
    const read = (name: string): number => Number(parts[name]);
    const year = parts['era']!.startsWith('B') ? 1 - read('year') : read('year');
    const clock = new Date(0);
    clock.setUTCFullYear(year, read('month') - 1, read('day'));
    clock.setUTCHours(read('hour'), read('minute'), read('second'));
    return clock.getTime() - instant;
  }
}
