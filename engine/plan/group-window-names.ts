/** The functions of the older window syntax: `GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)` and what the SELECT list may ask of such a window. */
import type { WindowProperty } from './logical.ts';

export interface GroupWindowFunction {
  readonly window: 'TUMBLE' | 'HOP' | 'SESSION';
  /** Undefined: the window itself, in GROUP BY. */
  readonly property: WindowProperty | 'proctime' | undefined;
}

const suffixes = { START: 'start', END: 'end', ROWTIME: 'time', PROCTIME: 'proctime' } as const;

const windows = ['TUMBLE', 'HOP', 'SESSION'] as const;

export const groupWindowFunctions: ReadonlyMap<string, GroupWindowFunction> = new Map(
  windows.flatMap((window): [string, GroupWindowFunction][] => [
    [window, { window, property: undefined }],
    ...Object.entries(suffixes).map(([suffix, property]): [string, GroupWindowFunction] => [
      `${window}_${suffix}`,
      { window, property },
    ]),
  ]),
);

export const isGroupWindowFunction = (name: string): boolean => groupWindowFunctions.has(name.toUpperCase());
