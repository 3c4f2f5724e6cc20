/** What the kernels of text formats and their callers exchange. */
import type { WasmExports } from './instance.ts';
import { ADDRESS } from './parse-values.ts';

/** Layout of the state that goes in and out. */
export const STATE = {
  p: ADDRESS.end,
  row: ADDRESS.end + 4,
  /** Bytes of the arena that are used. */
  arena: ADDRESS.end + 8,
  /** Top bit set in any byte of strings: not all ASCII. Vector of 16. */
  wide: ADDRESS.end + 16,
  end: ADDRESS.end + 32,
} as const;

export const Stop = { End: 0, Refused: 1, RowsFull: 2, DictionaryFull: 3 } as const;

export interface TextKernel extends WasmExports {
  /** The code of a text in a dictionary; -1 when it is new and the dictionary is full. Reads 16 bytes behind the text. */
  lookup(dictionary: number, text: number, length: number): number;
}
