import { describe, expect, it } from 'vitest';
import { helpPage, parseMagicLine, splitWords, usageLine } from '../../kernel/cell/magic-arguments.ts';
import { defineMagic } from '../../kernel/magic.ts';

const magic = defineMagic({
  name: 'flow',
  kind: 'both',
  summary: 'a magic for tests',
  description: 'Longer text.',
  assigns: 'self',
  options: {
    output: { type: 'string', short: 'o', metavar: 'NAME', help: 'where to' },
    view: { type: 'string', choices: ['auto', 'table', 'chart'], help: 'how to show', default: 'auto' },
    limit: { type: 'integer', help: 'rows' },
    ratio: { type: 'number', help: 'share' },
    keepFor: { type: 'duration', help: 'how long' },
    size: { type: 'size', help: 'how much' },
    wait: { type: 'flag', short: 'w', help: 'wait' },
    colour: { type: 'flag', help: 'colours', default: true },
    y: { type: 'string', many: true, help: 'columns' },
  },
  arguments: [
    { name: 'KIND', help: 'what', choices: ['a', 'b'] },
    { name: 'REST', help: 'the rest', rest: true },
  ],
  run: () => undefined,
});

const parse = (line: string): Record<string, unknown> => ({
  ...parseMagicLine(magic, line).options,
  ...parseMagicLine(magic, line).arguments,
});

describe('the first line of a magic', () => {
  it('has defaults', () => {
    expect(parse('')).toEqual({
      output: undefined,
      view: 'auto',
      limit: undefined,
      ratio: undefined,
      keepFor: undefined,
      size: undefined,
      wait: false,
      colour: true,
      y: [],
    });
  });

  it('takes options in every form', () => {
    expect(parse('-o x --view=table --limit 1_000 --ratio -0.5 -w --no-colour --y a,b --y c')).toMatchObject({
      output: 'x',
      view: 'table',
      limit: 1000,
      ratio: -0.5,
      wait: true,
      colour: false,
      y: ['a', 'b', 'c'],
    });
  });

  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['"5 min"', 300_000],
    ['1.5h', 5_400_000],
  ])('duration %s', (text, ms) => {
    expect(parse(`--keep-for ${text}`)).toMatchObject({ keepFor: ms });
  });

  it('takes sizes', () => {
    expect(parse('--size 64KB')).toMatchObject({ size: 65_536 });
    expect(parse('--size 2GiB')).toMatchObject({ size: 2 * 1024 ** 3 });
    expect(() => parse('--size much')).toThrow('is not a size');
  });

  it('leaves the rest of the line as it stands', () => {
    expect(parse("-w a SELECT 'it''s' \"q\" -- x --no-option")).toMatchObject({
      wait: true,
      KIND: 'a',
      REST: "SELECT 'it''s' \"q\" -- x --no-option",
    });
    expect(parse("b don't")).toMatchObject({ KIND: 'b', REST: "don't" });
  });

  it('takes an assignment', () => {
    expect(parseMagicLine(magic, 'orders << -w').assign).toBe('orders');
    expect(parseMagicLine(magic, '-w').assign).toBeUndefined();
  });

  it.each([
    ['--vew table', 'unrecognized option --vew', 'did you mean --view?'],
    ['--view tabel', '"tabel" is not a choice', 'did you mean "table"? One of auto, table, chart'],
    ['--limit many', '"many" is not a whole number', ''],
    ['--limit', '--limit needs a value', ''],
    ['--limit --wait', '--limit needs a value', ''],
    ['--wait=1', '--wait takes no value', ''],
    ['-o a -o b', '-o is given twice', ''],
    ['-o "a', 'quote " is not closed', ''],
    ['c', '"c" is not a choice', 'one of a, b'],
    ['--keep-for soon', '"soon" is not a duration', 'for instance'],
  ])('%s fails: %s', (line, reason, hint) => {
    try {
      parse(line);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain(`MAGIC_USAGE: `);
      expect((error as Error).message).toContain(reason);
      expect((error as { hint: string }).hint).toContain(hint);
      expect((error as { hint: string }).hint).toContain('usage: %flow [-o|--output NAME]');
    }
  });

  it('asks for help', () => {
    expect(parseMagicLine(magic, '--help').help).toBe(true);
    expect(usageLine(magic)).toBe(
      'usage: %flow [-o|--output NAME] [--view {auto,table,chart}] [--limit INTEGER] [--ratio NUMBER] [--keep-for DURATION] [--size SIZE] [-w|--wait] [--colour] [--y STRING] [{a,b}] [REST …]',
    );
    expect(helpPage(magic)).toContain('--view {auto,table,chart}');
    expect(helpPage(magic)).toContain('(default: auto)');
    expect(helpPage(magic)).toContain('Longer text.');
  });
});

describe('words', () => {
  it('may be quoted in part', () => {
    expect(splitWords(`a 'b c' d"e f"g "\\"" ''`).map(({ text }) => text)).toEqual(['a', 'b c', 'de fg', '"', '']);
  });
});
