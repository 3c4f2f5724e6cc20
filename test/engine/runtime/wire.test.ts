import { describe, expect, it } from 'vitest';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { Dictionary, type ViewStringColumn } from '../../../engine/data/column.ts';
import { BatchReceiver, BatchSender } from '../../../engine/runtime/wire.ts';
import * as types from '../../../engine/types/type.ts';

/** Through structuredClone with transfer, as postMessage does. */
function send(sender: BatchSender, receiver: BatchReceiver, batch: Parameters<BatchSender['encode']>[0]): unknown[][] {
  const { message, transfer } = sender.encode(batch);
  return rowsOf(receiver.decode(structuredClone(message, { transfer })));
}

function views(texts: readonly (string | null)[], padding = ''): ViewStringColumn {
  const bytes = new TextEncoder().encode(texts.map((text) => padding + (text ?? '')).join(''));
  const starts = new Int32Array(texts.length);
  const ends = new Int32Array(texts.length);
  let at = 0;
  texts.forEach((text, i) => {
    starts[i] = at + padding.length;
    at = ends[i] = starts[i]! + new TextEncoder().encode(text ?? '').length;
  });
  const valid = Uint8Array.from(texts, (text) => (text === null ? 0 : 1));
  return {
    storage: 'str',
    encoding: 'view',
    type: types.STRING,
    length: texts.length,
    valid,
    bytes,
    starts,
    ends,
    ascii: false,
  };
}

describe('batches between threads', () => {
  it('keep values, NULLs and kinds; the sender keeps its batch', () => {
    const schema = [
      { name: 'a', type: types.BIGINT },
      { name: 'b', type: types.ARRAY(types.STRING) },
    ];
    const rows = [
      [1n, ['x', null]],
      [null, null],
      [-5n, []],
    ];
    const batch = batchOf(schema, rows, [0, 1, 2]);
    const { message, transfer } = new BatchSender().encode(batch);
    const got = new BatchReceiver().decode(structuredClone(message, { transfer }));
    expect(rowsOf(got)).toEqual(rows);
    expect([...got.kinds!]).toEqual([0, 1, 2]);
    expect(rowsOf(batch)).toEqual(rows);
  });

  it.each([
    ['close together', ''],
    ['far apart', 'x'.repeat(5000)],
  ])('copy the bytes of views that lie %s', (_name, padding) => {
    const column = views(['', 'é', null, 'abc'], padding);
    const batch = { length: 4, kinds: undefined, columns: [column, column] };
    expect(send(new BatchSender(), new BatchReceiver(), batch)).toEqual([
      ['', ''],
      ['é', 'é'],
      [null, null],
      ['abc', 'abc'],
    ]);
  });

  it('send each entry of a dictionary once', () => {
    const dictionary = new Dictionary();
    const [sender, receiver] = [new BatchSender(), new BatchReceiver()];
    const column = (codes: number[]): unknown[][] =>
      send(sender, receiver, {
        length: codes.length,
        kinds: undefined,
        columns: [
          {
            storage: 'str',
            encoding: 'dict',
            type: types.STRING,
            length: codes.length,
            valid: undefined,
            codes: Int32Array.from(codes),
            dictionary,
          },
        ],
      });
    dictionary.strings.push('a', 'b');
    expect(column([1, 0])).toEqual([['b'], ['a']]);
    dictionary.strings.push('c');
    expect(column([2, 1])).toEqual([['c'], ['b']]);
  });
});
