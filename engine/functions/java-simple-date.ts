/**
 * Text as an instant by a SimpleDateFormat pattern, as TO_DATE, UNIX_TIMESTAMP, CONVERT_TZ and DATE_FORMAT of strings read it. Lenient:
 * 30 February is 1 March, 25:61 runs on, blanks before a field and text after the last one do not matter, names in any case.
 */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { addMonthsToMs, civilOf, daysOf, MS_PER_DAY } from '../types/calendar.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { dayNames, monthNames, parseDatePattern, type PatternPart } from './java-datetime-pattern.ts';
import { hybridDaysOf } from './java-julian.ts';
import { legacyInstant } from './java-zone.ts';

/** The instant that the text names in the zone (if it names none itself); undefined when it does not fit the pattern. */
export type InstantParser = (text: string, zone: TimeZone) => EpochMs | undefined;

interface State {
  readonly text: string;
  at: number;
  readonly fields: Map<string, number>;
  /** The first year that two digits can mean. */
  readonly century: number;
  hasShortYear: boolean;
}

/** `now` decides about years of two digits: they lie within 80 years before and 20 years after it. */
export function simpleDateParser(pattern: string, now: () => EpochMs): InstantParser {
  const parts = parseDatePattern(pattern, 'text');
  checkLetters(parts);
  return (text, zone) => {
    const start = addMonthsToMs(now(), -80 * 12);
    const century = civilOf(Math.floor(start / MS_PER_DAY)).year;
    const state: State = { text, at: 0, fields: new Map(), century, hasShortYear: false };
    const fits = parts.every((part, i) => readPart(state, part, isNumeric(parts[i + 1])));
    if (!fits) return undefined;
    const instant = resolve(state.fields, zone);
    if (!state.hasShortYear || instant >= start || state.fields.get('y') !== century) return instant;
    state.fields.set('y', century + 100);
    return resolve(state.fields, zone);
  };
}

/** Whether a part is read as a number: one before it then takes only as many digits as it has letters. */
function isNumeric(part: PatternPart | undefined): boolean {
  if (part?.kind !== 'field') return false;
  return 'ML'.includes(part.letter) ? part.count <= 2 : 'yYdHkmsSDFuwWhK'.includes(part.letter);
}

function checkLetters(parts: readonly PatternPart[]): void {
  const letters = new Set(parts.map((part) => (part.kind === 'field' ? part.letter : '')));
  for (const letter of ['W', 'F']) {
    if (letters.has(letter)) {
      throw new MillraceError('SQL_UNSUPPORTED', `the letter ${letter} in a date format cannot be read`);
    }
  }
}

function readPart(state: State, part: PatternPart, fieldFollows: boolean): boolean {
  switch (part.kind) {
    case 'literal':
      if (!state.text.startsWith(part.text, state.at)) return false;
      state.at += part.text.length;
      return true;
    case 'field':
      return readField(state, part.letter, part.count, fieldFollows);
    case 'optional':
      return false;
    default:
      return unreachable(part);
  }
}

function match(state: State, sticky: RegExp): RegExpExecArray | null {
  sticky.lastIndex = state.at;
  const found = sticky.exec(state.text);
  if (found !== null) state.at = sticky.lastIndex;
  return found;
}

function readField(state: State, letter: string, count: number, fieldFollows: boolean): boolean {
  const limit = fieldFollows ? state.at + count : Infinity;
  match(state, /[ \t]*/y);
  switch (letter) {
    case 'M':
    case 'L':
      return count <= 2 ? readNumber(state, 'M', count, limit) : readName(state, 'M', monthNames, 1);
    case 'E':
      return readName(state, 'E', dayNames, 1);
    case 'a':
      return readName(state, 'a', ['AM', 'PM'], 0);
    case 'G':
      return readName(state, 'G', ['BC', 'AD'], 0);
    case 'z':
    case 'Z':
      return readZone(state, /GMT([+-])(\d{1,2}):?(\d\d)|([+-])(\d\d)(\d\d)/y);
    case 'X':
      return readZone(state, [/Z|([+-])(\d\d)/y, /Z|([+-])(\d\d)(\d\d)/y, /Z|([+-])(\d\d):(\d\d)/y][count - 1]!);
    default:
      return readNumber(state, letter, count, limit);
  }
}

/** The last of contradicting fields counts: the map keeps them in the order of the text. */
function set({ fields }: State, name: string, value: number): true {
  fields.delete(name);
  fields.set(name, value);
  return true;
}

/** Before another number only up to `limit` (blanks before it count), else as many digits as there are. */
function readNumber(state: State, letter: string, count: number, limit: number): boolean {
  const { at, text, century } = state;
  if (limit !== Infinity && limit > text.length) return false;
  const digits = /^-?\d+/.exec(limit === Infinity ? text.slice(at) : text.slice(at, limit))?.[0];
  if (digits === undefined) return false;
  state.at = at + digits.length;
  let value = Number(digits);
  if ((letter === 'y' || letter === 'Y') && count <= 2 && /^\d\d$/.test(digits)) {
    state.hasShortYear = true;
    value += Math.floor(century / 100) * 100 + (value < century % 100 ? 100 : 0);
  }
  return set(state, letter, value);
}

/** The whole name or its first three letters, the longest that fits. */
function readName(state: State, field: string, names: readonly string[], first: number): boolean {
  const rest = state.text.slice(state.at).toLowerCase();
  const candidates = names.flatMap((name, i) => [name, name.slice(0, 3)].map((text) => [text, i + first] as const));
  const found = candidates
    .filter(([text]) => rest.startsWith(text.toLowerCase()))
    .sort(([a], [b]) => b.length - a.length)[0];
  if (found === undefined) return false;
  state.at += found[0].length;
  return set(state, field, found[1]);
}

/** Hours east of Greenwich of the names that RFC 822 knows. */
const zoneNames: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UT: 0,
  Z: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

function readZone(state: State, numeric: RegExp): boolean {
  const found = match(state, numeric);
  if (found !== null) {
    const [sign, hours, minutes = '0'] = found.slice(1).filter((group) => group !== undefined) as [
      string?,
      string?,
      string?,
    ];
    const size = (Number(hours ?? 0) * 60 + Number(minutes)) * 60_000;
    state.fields.set('zone', sign === '-' ? -size : size);
    return true;
  }
  const name = match(state, /[A-Za-z]+/y)?.[0].toUpperCase();
  const hours = name === undefined ? undefined : zoneNames[name];
  if (name === undefined) return false;
  if (hours === undefined)
    throw new MillraceError('SQL_UNSUPPORTED', `the time zone name ${name} in a text cannot be read`);
  state.fields.set('zone', hours * 3_600_000);
  return true;
}

function resolve(fields: ReadonlyMap<string, number>, zone: TimeZone): EpochMs {
  const get = (name: string, otherwise: number): number => fields.get(name) ?? otherwise;
  const local =
    dayOf(fields) * MS_PER_DAY + ((hourOf(fields) * 60 + get('m', 0)) * 60 + get('s', 0)) * 1000 + get('S', 0);
  const offset = fields.get('zone');
  return offset === undefined ? legacyInstant(zone, local) : local - offset;
}

function dayOf(fields: ReadonlyMap<string, number>): number {
  const get = (name: string, otherwise: number): number => fields.get(name) ?? otherwise;
  const ofEra = get('y', 1970);
  const year = fields.get('G') === 0 ? 1 - ofEra : ofEra;
  const names = [...fields.keys()];
  if (names.indexOf('D') > names.indexOf('d')) return hybridDaysOf(year, 1, 1) + fields.get('D')! - 1;
  if (fields.has('w') && !fields.has('d')) {
    const first = daysOf(get('Y', year), 1, 1);
    const sunday = first - ((((first + 4) % 7) + 7) % 7);
    return sunday + (fields.get('w')! - 1) * 7 + (get('E', get('u', 7)) % 7);
  }
  const weekday = get('E', get('u', 0));
  if (weekday === 0 || fields.has('d')) return hybridDaysOf(year, get('M', 1), get('d', 1));
  const first = hybridDaysOf(year, get('M', 1), 1);
  return first + ((((weekday - 4 - first) % 7) + 7) % 7);
}

/** Of an hour of the day and one of AM or PM the later in the text counts; the latter only if AM or PM is said. */
function hourOf(fields: ReadonlyMap<string, number>): number {
  const names = [...fields.keys()];
  const place = (letters: string): number => names.findLastIndex((name) => letters.includes(name));
  const [ofDay, ofHalf, half] = [place('Hk'), place('hK'), place('a')];
  const usesHalf = ofDay < 0 || (ofHalf >= 0 && half >= 0 && Math.max(ofHalf, half) > ofDay);
  if (!usesHalf) return names[ofDay] === 'k' && fields.get('k') === 24 ? 0 : fields.get(names[ofDay]!)!;
  const hour = ofHalf < 0 ? 0 : fields.get(names[ofHalf]!)!;
  return (names[ofHalf] === 'h' && hour === 12 ? 0 : hour) + 12 * (fields.get('a') ?? 0);
}
