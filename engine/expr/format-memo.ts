/** DATE_FORMAT of timestamps with a pattern of minutes or longer: one text a day or minute, kept in a dictionary. */
import { Dictionary } from '../data/column.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../types/calendar.ts';
import { timeZone } from '../types/time-zone.ts';
import { isTimestamp } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { boundFunction } from './bound-function.ts';
import { pairToNanos, toRep } from './convert.ts';
import type { Code, Emitter } from './emitter.ts';
import type { CallExpr } from './expr.ts';

/**
 * Letters of Java's patterns whose text is the same for a whole day, or a whole minute; others (seconds, zones) and unfinished quotes are left to the
 * function.
 */
const units: readonly (readonly [pattern: RegExp, length: number])[] = [
  [/^(?:[GyYuMLwWDdFE]|[^A-Za-z']|'[^']*')*$/, MS_PER_DAY],
  [/^(?:[GyYuMLwWDdFEaHhKkm]|[^A-Za-z']|'[^']*')*$/, MS_PER_MINUTE],
];

/** The code of such a call; undefined for all others. */
export function generateFormat(emitter: Emitter, expr: CallExpr, args: readonly Code[]): Code | undefined {
  if (expr.fn !== 'DATE_FORMAT') return undefined;
  const [time, pattern] = expr.args;
  if (time === undefined || !isTimestamp(time.type) || pattern?.kind !== 'literal') return undefined;
  const text = pattern.value;
  if (typeof text !== 'string') return undefined;
  const unit = units.find(([fits]) => fits.test(text));
  if (unit === undefined) return undefined;
  const [input] = args as [Code];
  const { fn, binding } = boundFunction(expr);
  const { context } = emitter.options;
  const format = fn.implement(binding, context);
  const isWide = input.rep === 'pair';
  const memo = new FormatMemo((ms) => format(isWide ? pairToNanos(ms, 0) : ms, text));
  const name = emitter.constant(memo);
  const ms = isWide ? input.value : toRep(emitter, input, 'double').value;
  const local = time.type.kind === 'TIMESTAMP' ? ms : `${emitter.constant(timeZone(context.timeZone))}.toLocal(${ms})`;
  const span = emitter.define(`Math.floor(${local} / ${unit[1]})`);
  const unless = input.isNull === undefined ? '' : ` && !${input.isNull}`;
  emitter.line(`if (${span} !== ${name}.span${unless}) ${name}.move(${span}, ${ms});`);
  return {
    rep: 'string',
    value: emitter.define(`${name}.text`),
    entry: { code: emitter.define(`${name}.code`), dictionary: memo.dictionary },
    isNull: input.isNull,
  };
}

/** Spans of time that are remembered before the memo starts anew: two years of minutes. */
const MOST_SPANS = 1 << 20;

class FormatMemo {
  /** The day or minute, counted from 1970, that `text` and `code` are of. */
  span = NaN;
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

  /** Makes `text` and `code` those of `span`, of which `ms` is some moment. */
  move(span: number, ms: number): void {
    let code = this.#codes.get(span);
    if (code === undefined) {
      const text = this.#format(ms) as string;
      code = this.#byText.get(text) ?? this.dictionary.strings.push(text) - 1;
      this.#byText.set(text, code);
      if (this.#codes.size >= MOST_SPANS) this.#codes.clear();
      this.#codes.set(span, code);
    }
    this.span = span;
    this.code = code;
    this.text = this.dictionary.strings[code]!;
  }
}
