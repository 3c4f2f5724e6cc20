import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import type { Options } from '../functions/function.ts';
import type { DataType } from '../types/type.ts';
import { OneInput } from './one-input.ts';

/** A call of a user's function over columns of the input. */
export interface UserCall {
  /** The key by which it is installed (functions/registry.ts). */
  readonly fn: string;
  readonly args: readonly number[];
  readonly type: DataType;
  readonly options: Options;
}

/** Computes a call for all rows of a batch, in this thread or in the one that has the function. */
export type CallUser = (call: UserCall, args: readonly Column[], length: number) => Column;

/**
 * Functions of the user: the input's columns, then one column a call.
 *
 * State: none. Emits: every row, with its kind.
 */
export class UserCalls extends OneInput {
  readonly name: string;
  readonly #calls: readonly UserCall[];
  readonly #callUser: CallUser;

  constructor(calls: readonly UserCall[], callUser: CallUser) {
    super();
    this.name = `UserCalls[${calls.map(({ fn }) => fn.split('#')[0]).join(', ')}]`;
    this.#calls = calls;
    this.#callUser = callUser;
  }

  push(batch: Batch): void {
    const { length } = batch;
    if (length === 0) return;
    const made = this.#calls.map((call) => {
      const args = call.args.map((at) => batch.columns[at]!);
      const column = this.#callUser(call, args, length);
      assert(column.length === length, `${call.fn} gives a value for each row`);
      return column;
    });
    this.emit({ ...batch, columns: [...batch.columns, ...made] });
  }
}
