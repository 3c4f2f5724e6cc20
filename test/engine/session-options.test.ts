import { describe, expect, it } from 'vitest';
import { sessionOptions, SessionOptions } from '../../engine/session-options.ts';

describe('session options', () => {
  it("have Flink's defaults", () => {
    const options = new SessionOptions();
    expect(options.mode).toBe('streaming');
    expect(options.duration('pipeline.auto-watermark-interval')).toBe(200);
    expect(options.integer('parallelism.default')).toBe(1);
    expect(options.boolean('table.exec.mini-batch.enabled')).toBe(false);
    expect(options.all()).toEqual({});
  });
  it('are set, listed and reset to what the session began with', () => {
    const options = new SessionOptions({ 'execution.runtime-mode': 'batch' });
    options.set('execution.runtime-mode', 'STREAMING');
    options.set('table.local-time-zone', 'Europe/Berlin');
    expect([options.mode, options.timeZone]).toEqual(['streaming', 'Europe/Berlin']);
    expect(options.all()).toEqual({ 'execution.runtime-mode': 'STREAMING', 'table.local-time-zone': 'Europe/Berlin' });
    options.reset('execution.runtime-mode');
    expect(options.mode).toBe('batch');
    options.reset();
    expect(options.all()).toEqual({ 'execution.runtime-mode': 'batch' });
  });
  it('of one statement lie over those of the session', () => {
    const options = new SessionOptions({ 'table.local-time-zone': 'UTC' });
    expect(options.over({ 'execution.runtime-mode': 'batch' }).all()).toEqual({
      'execution.runtime-mode': 'batch',
      'table.local-time-zone': 'UTC',
    });
    expect(options.mode).toBe('streaming');
  });
  it.each([
    ['execution.runtime-mode', 'batsch', 'did you mean "batch"?'],
    ['table.local-time-zone', 'Europe/Berlinn', undefined],
    ['pipeline.auto-watermark-interval', 'soon', undefined],
    ['parallelism.default', 'many', undefined],
    ['table.dml-sync', 'perhaps', undefined],
  ])('%s does not take %s', (key, value, hint) => {
    expect(() => new SessionOptions().set(key, value)).toThrow(expect.objectContaining({ code: 'OPTION_VALUE', hint }));
  });
  it('that Flink has and Millrace does not read are kept', () => {
    const options = new SessionOptions();
    options.set('execution.checkpointing.interval', '10s');
    expect(options.get('execution.checkpointing.interval')).toBe('10s');
  });
  it('a name that is a slip gets a near name', () => {
    expect(() => new SessionOptions().set('tabel.local-time-zone', 'UTC')).toThrow(
      expect.objectContaining({ code: 'OPTION_UNKNOWN', hint: 'did you mean "table.local-time-zone"?' }),
    );
  });
  it('take their own defaults', () => {
    for (const option of sessionOptions)
      if (option.default !== undefined) new SessionOptions().set(option.name, option.default);
  });
});
