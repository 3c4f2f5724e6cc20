/** PRINTF and ELT. */
import { MillraceError } from '../errors.ts';
import { commonType } from '../types/coerce.ts';
import { decimalToText, doubleToText, floatToText } from '../types/number-text.ts';
import { dateToText, timeToText } from '../types/text.ts';
import { isBinary, isInteger, isString, STRING, withNullable, type DataType } from '../types/type.ts';
import { MS_PER_DAY } from '../types/calendar.ts';
import type { Value } from '../types/value.ts';
import type { Argument, ScalarFunction } from './function.ts';
import { formatJava, parseFormat, type FormatArgument, type FormatPart } from './java-format.ts';
import { literalInteger, literalText } from './scalar-define.ts';
import { millisOf, nanosOf } from './scalar-time-value.ts';

/** Flink hands its internal values to Java's Formatter: a DATE is its day number, a TIME its milliseconds, an interval its count. */
function formatArgument(type: DataType): ((value: never) => FormatArgument) | undefined {
  switch (type.kind) {
    case 'NULL':
      return () => ({ kind: 'null' });
    case 'BOOLEAN':
      return (value: boolean) => ({ kind: 'boolean', value });
    case 'TINYINT':
      return (value: number) => ({ kind: 'integer', value: BigInt(value), bits: 8 });
    case 'SMALLINT':
      return (value: number) => ({ kind: 'integer', value: BigInt(value), bits: 16 });
    case 'INT':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return (value: number) => ({ kind: 'integer', value: BigInt(value), bits: 32 });
    case 'BIGINT':
    case 'INTERVAL_DAY_TIME':
      return (value: bigint | number) => ({ kind: 'integer', value: BigInt(value), bits: 64 });
    case 'FLOAT':
      return (value: number) => ({ kind: 'floating', value, text: floatToText(value) });
    case 'DOUBLE':
      return (value: number) => ({ kind: 'floating', value, text: doubleToText(value) });
    case 'DECIMAL':
      return (value: bigint) => ({ kind: 'other', text: decimalToText(value, type.scale) });
    case 'CHAR':
    case 'VARCHAR':
      return (text: string) => ({ kind: 'other', text });
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const [millis, nanos] = [millisOf(type), nanosOf(type)];
      return (value: never) => ({ kind: 'other', text: isoText(millis(value), nanos(value)) });
    }
    default:
      return undefined;
  }
}

/** LocalDateTime.toString: `2020-01-01T00:00`, with seconds and three, six or nine digits where they are not zero. */
function isoText(ms: number, nanos: number): string {
  const days = Math.floor(ms / MS_PER_DAY);
  const ofDay = ms - days * MS_PER_DAY;
  const clock = timeToText(ofDay, 0);
  const nano = (ofDay % 1000) * 1_000_000 + nanos;
  const fraction = String(nano)
    .padStart(9, '0')
    .replace(/(000)+$/, '');
  const time = nano > 0 ? `${clock}.${fraction}` : clock.endsWith(':00') ? clock.slice(0, 5) : clock;
  return `${dateToText(days)}T${time}`;
}

const printf: ScalarFunction = {
  name: 'PRINTF',
  signature: 'PRINTF(format, value, ...)',
  summary:
    "The values in a format such as '%d %s', as Java's String.format; NULL when a value does not fit its conversion.",
  nulls: 'custom',
  deterministic: true,
  resolve(args: readonly Argument[]) {
    const [format, ...values] = args;
    if (format === undefined || !(isString(format.type) || format.type.kind === 'NULL')) return undefined;
    if (values.some(({ type }) => formatArgument(type) === undefined)) return undefined;
    const constant = literalText(format);
    if (constant !== undefined) parseFormat(constant);
    return { argTypes: args.map((arg) => arg.type), type: STRING };
  },
  implement({ argTypes }) {
    const convert = argTypes.slice(1).map((type) => formatArgument(type)!);
    let last: string | null = null;
    let parts: readonly FormatPart[] | undefined;
    return (format: string | null, ...values: readonly Value[]) => {
      if (format === null) return null;
      if (format !== last) [last, parts] = [format, parseFormat(format)];
      if (parts === undefined) return null;
      const args = values.map((value, i) =>
        value === null ? ({ kind: 'null' } as const) : convert[i]!(value as never),
      );
      return formatJava(parts, args) ?? null;
    };
  },
};

const elt: ScalarFunction = {
  name: 'ELT',
  signature: 'ELT(index, value, ...)',
  summary: 'The value at index (from 1); NULL when there is none.',
  nulls: 'custom',
  deterministic: true,
  resolve([index, ...values]) {
    if (index === undefined || values.length === 0 || !(isInteger(index.type) || index.type.kind === 'NULL'))
      return undefined;
    const types = values.map((value) => value.type);
    const common = commonType(types);
    if (common === undefined || !(isString(common) || isBinary(common))) return undefined;
    const constant = literalInteger(index);
    if (constant !== undefined && constant < 0) {
      throw new MillraceError('SQL_LITERAL', `the index of ELT must be 0 or more, not ${constant}`);
    }
    const type = withNullable(common, true);
    return { argTypes: [index.type, ...types.map((own) => withNullable(common, own.nullable))], type };
  },
  implement:
    () =>
    (index: number | bigint | null, ...values: readonly Value[]) =>
      index === null ? null : (values[Number(index) - 1] ?? null),
};

export const stringFormatFunctions: readonly ScalarFunction[] = [printf, elt];
