// Functions of the time, the zone and the watermark, and functions that give another value at each call.
import { expect, it } from 'vitest';
import { interpreter } from '../../../engine/expr/interpret.ts';
import { evaluate, evaluateValue } from './evaluate.ts';

const now = Date.UTC(2026, 0, 2, 23, 4, 5, 678);

it('gives the time of the context in the session zone', () => {
  const at = (sql: string, timeZone = 'UTC'): string => {
    const { type, text } = evaluate(sql, { now, timeZone });
    return `${text} ${type}`;
  };
  expect(at('CURRENT_TIMESTAMP')).toBe('2026-01-02 23:04:05.678 TIMESTAMP_LTZ(3) NOT NULL');
  expect(at('NOW()', 'Asia/Tokyo')).toBe('2026-01-03 08:04:05.678 TIMESTAMP_LTZ(3) NOT NULL');
  expect(at('CURRENT_ROW_TIMESTAMP()')).toBe('2026-01-02 23:04:05.678 TIMESTAMP_LTZ(3) NOT NULL');
  expect(at('LOCALTIMESTAMP', 'Asia/Tokyo')).toBe('2026-01-03 08:04:05.678 TIMESTAMP(3) NOT NULL');
  expect(at('CURRENT_DATE', 'Asia/Tokyo')).toBe('2026-01-03 DATE NOT NULL');
  expect(at('CURRENT_TIME', 'Asia/Tokyo')).toBe('08:04:05 TIME(0) NOT NULL');
  expect(at('LOCALTIME')).toBe('23:04:05 TIME(0) NOT NULL');
  expect(at('UNIX_TIMESTAMP()')).toBe('1767395045 BIGINT NOT NULL');
});

it('gives the watermark, NULL before the first', () => {
  const columns = [{ name: 'ts', type: { kind: 'TIMESTAMP', precision: 3, nullable: true }, value: 0 }] as const;
  expect(evaluate('CURRENT_WATERMARK(ts)', { columns })).toEqual({ type: 'TIMESTAMP(3)', text: null });
  expect(evaluate('CURRENT_WATERMARK(ts)', { columns, watermark: -Infinity }).text).toBeNull();
  expect(evaluate('CURRENT_WATERMARK(ts)', { columns, watermark: 1500 }).text).toBe('1970-01-01 00:00:01.500');
});

it('starts one sequence of random numbers for a constant seed, and one a row for a seed that is a column', () => {
  const context = { timeZone: 'UTC', now, watermark: undefined };
  const constant = interpreter(evaluateValue('RAND(1)').expr, context);
  expect(constant([])).not.toBe(constant([]));
  const columns = [{ name: 'seed', type: { kind: 'INT', nullable: false }, value: 1 }] as const;
  const perRow = interpreter(evaluateValue('RAND(seed)', { columns }).expr, context);
  expect([perRow([1]), perRow([1]), perRow([2])]).toEqual([0.7308781907032909, 0.7308781907032909, 0.7311469360199058]);
});

it('makes another UUID each time', () => {
  const make = interpreter(evaluateValue('UUID()').expr, { timeZone: 'UTC', now, watermark: undefined });
  const [first, second] = [make([]), make([])];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(first).not.toBe(second);
});

it('evaluates only the branch of IF that is taken', () => {
  expect(evaluate('IF(TRUE, 1, 1 / CAST(0 AS INT))').text).toBe('1');
});
