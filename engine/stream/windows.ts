/** Windows of the fluent API: Flink's window table functions. Sizes are words as in SQL: '10 seconds', '1 hour', '2 days', '500 ms'. */
import { parseDuration } from '../connectors/options.ts';
import { MillraceError } from '../errors.ts';

export interface Window {
  /** The call over `TABLE input`, with `time` as its descriptor. */
  sql(input: string, time: string): string;
}

/** An INTERVAL literal. @throws SQL_LITERAL for what is no duration */
function interval(text: string): string {
  const ms = parseDuration(text.replace(/\bhour\b/, 'h').replace(/\bhours\b/, 'h'));
  if (ms === undefined || ms < 0) {
    throw new MillraceError('SQL_LITERAL', `"${text}" is no duration`, {
      hint: "write '10 seconds', '5 min', '1 hour', '1 day'",
    });
  }
  return ms % 1000 === 0 ? `INTERVAL '${ms / 1000}' SECOND(9)` : `INTERVAL '${(ms / 1000).toFixed(3)}' SECOND(9, 3)`;
}

const descriptor = (input: string, time: string): string => `TABLE ${input}, DESCRIPTOR(${time})`;

/** Every row in one window of `size`. */
export const tumble = (size: string): Window => ({
  sql: (input, time) => `TUMBLE(${descriptor(input, time)}, ${interval(size)})`,
});
/** Windows of `size` that begin every `slide`. */
export const hop = (slide: string, size: string): Window => ({
  sql: (input, time) => `HOP(${descriptor(input, time)}, ${interval(slide)}, ${interval(size)})`,
});
/** Windows that grow by `step` up to `size`, then begin anew. */
export const cumulate = (step: string, size: string): Window => ({
  sql: (input, time) => `CUMULATE(${descriptor(input, time)}, ${interval(step)}, ${interval(size)})`,
});
