import { describe, expect, it } from 'vitest';
import type { Segment } from '../../kernel/cell/split.ts';
import { splitCell } from '../../kernel/cell/split.ts';

const split = (source: string): Segment[] => splitCell(source, (name) => name === 'who');

describe('a cell', () => {
  it('of a magic keeps its body and counts its lines', () => {
    expect(split('\n// why\n%%sql -o x\nSELECT 1\n-- %who')).toEqual([
      { kind: 'cell', name: 'sql', rest: '-o x', body: 'SELECT 1\n-- %who', bodyLine: 3, help: false },
    ]);
    expect(split('%%sql?')).toMatchObject([{ kind: 'cell', help: true }]);
  });

  it('of line magics and shell commands', () => {
    expect(split('%pwd\n\n!ls -la | wc\n')).toEqual([
      { kind: 'line', name: 'pwd', rest: '', help: false },
      { kind: 'line', name: '!', rest: 'ls -la | wc', help: false },
    ]);
  });

  it('with code below magics keeps the lines', () => {
    expect(split('%pwd\nlet a = 1\na')).toEqual([
      { kind: 'line', name: 'pwd', rest: '', help: false },
      { kind: 'typescript', code: '\nlet a = 1\na' },
    ]);
  });

  it('with a known magic between code is split, with an unknown one only when it is no TypeScript', () => {
    expect(split('let a = 1\n%who\na').map(({ kind }) => kind)).toEqual(['typescript', 'line', 'typescript']);
    expect(split('let a = 1\n%b\na').map(({ kind }) => kind)).toEqual(['typescript']);
    expect(split('let a = 1;\n%nobody\na').map(({ kind }) => kind)).toEqual(['typescript', 'line', 'typescript']);
  });

  it('asks for help on a value', () => {
    expect(split('Math.max?')).toEqual([{ kind: 'help', expression: 'Math.max' }]);
    expect(split('?x')).toEqual([{ kind: 'help', expression: 'x' }]);
    expect(split('a ? b : c').map(({ kind }) => kind)).toEqual(['typescript']);
  });

  it('that is empty has nothing', () => {
    expect(split('  \n// only this\n')).toEqual([]);
  });

  it('may begin with a negation of something that differs', () => {
    expect(split('!= 1').map(({ kind }) => kind)).toEqual(['typescript']);
  });
});
