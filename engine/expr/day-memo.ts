/** DATE_FORMAT of timestamps with a pattern of days or longer: one text a day, kept in a dictionary. */
import { Dictionary } from '../data/column.ts';
import { MS_PER_DAY } from '../types/calendar.ts';
import { timeZone } from '../types/time-zone.ts';
import { isTimestamp } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { boundFunction } from './bound-function.ts';
import { pairToNanos, toRep } from './convert.ts';
import type { Code, Emitter } from './emitter.ts';
import type { CallExpr } from './expr.ts';

/** Letters of Java's patterns whose text is the same for a whole day; others (hours, zones) and unfinished quotes are left to the function. */
const dayPattern = /^(?:[GyYuMLwWDdFE]|[^A-Za-z']|'[^']*')*$/;

/** The code of such a call; undefined for all others. */
export function generateDayFormat(emitter: Emitter, expr: CallExpr, args: readonly Code[]): Code | undefined {
  if (expr.fn !== 'DATE_FORMAT') return undefined;
  const [time, pattern] = expr.args;
  if (time === undefined || !isTimestamp(time.type) || pattern?.kind !== 'literal') return undefined;
  if (typeof pattern.value !== 'string' || !dayPattern.test(pattern.value)) return undefined;
  const [input] = args as [Code];
  const { fn, binding } = boundFunction(expr);
  const { context } = emitter.options;
  const format = fn.implement(binding, context);
  const isWide = input.rep === 'pair';
  const text = pattern.value;
  const memo = new DayMemo((ms) => format(isWide ? pairToNanos(ms, 0) : ms, text));
  const name = emitter.constant(memo);
  const ms = isWide ? input.value : toRep(emitter, input, 'double').value;
  const local = time.type.kind === 'TIMESTAMP' ? ms : `${emitter.constant(timeZone(context.timeZone))}.toLocal(${ms})`;
  const day = emitter.define(`Math.floor(${local} / ${MS_PER_DAY})`);
  const unless = input.isNull === undefined ? '' : ` && !${input.isNull}`;
  emitter.line(`if (${day} !== ${name}.day${unless}) ${name}.move(${day}, ${ms});`);
  return {
    rep: 'string',
    value: emitter.define(`${name}.text`),
    entry: { code: emitter.define(`${name}.code`), dictionary: memo.dictionary },
    isNull: input.isNull,
  };
}

class DayMemo {
  day = NaN;
  text = '';
  code = 0;
  readonly dictionary = new Dictionary();
  readonly #codes = new Map<number, number>();
  readonly #byText = new Map<string, number>();
  readonly #format: (ms: number) => Value;

  constructor(format: (ms: number) => Value) {
    this.#format = format;
    this.dictionary.strings.push('');
    this.#byText.set('', 0);
  }

  /** Makes `text` and `code` those of `day`, of which `ms` is some moment. */
  move(day: number, ms: number): void {
    let code = this.#codes.get(day);
    if (code === undefined) {
      const text = this.#format(ms) as string;
      code = this.#byText.get(text) ?? this.dictionary.strings.push(text) - 1;
      this.#byText.set(text, code);
      this.#codes.set(day, code);
    }
    this.day = day;
    this.code = code;
    this.text = this.dictionary.strings[code]!;
  }
}
