import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { StringColumn } from '../data/column.ts';
import { stringAt } from '../data/column-read.ts';
import type { RowKind } from '../data/row-kind.ts';
import { MillraceError } from '../errors.ts';
import { OneInput } from './one-input.ts';

export interface FromChangelogOptions {
  /** The column of the codes: it is left out. */
  readonly column: number;
  readonly codes: readonly (readonly [code: string, kind: RowKind])[];
  /** Rows with a code that is not in the list are passed over, instead of failing the job. */
  readonly skip: boolean;
}

/** FROM_CHANGELOG: rows with a code for a kind of change become that change. State: none. */
export class FromChangelog extends OneInput {
  readonly name = 'FromChangelog';
  readonly #options: FromChangelogOptions;
  readonly #kinds: ReadonlyMap<string, RowKind>;

  constructor(options: FromChangelogOptions) {
    super();
    this.#options = options;
    this.#kinds = new Map(options.codes);
  }

  push(batch: Batch): void {
    const { column, skip } = this.#options;
    const ops = batch.columns[column] as StringColumn;
    const rows = new Int32Array(batch.length);
    const kinds = new Uint8Array(batch.length);
    let n = 0;
    for (let r = 0; r < batch.length; r++) {
      const code = stringAt(ops, r);
      const kind = code === null ? undefined : this.#kinds.get(code);
      if (kind === undefined) {
        if (skip) continue;
        throw this.#invalid(code);
      }
      rows[n] = r;
      kinds[n++] = kind;
    }
    const columns = batch.columns.filter((_, i) => i !== column);
    const kept = takeBatch({ length: batch.length, columns, kinds: undefined }, rows, n);
    const changes = kinds.subarray(0, n);
    this.emit({ ...kept, kinds: changes.every((kind) => kind === 0) ? undefined : changes });
  }

  #invalid(code: string | null): MillraceError {
    const reason =
      code === null
        ? 'Received NULL op code. Every changelog row must carry an operation code.'
        : `Received invalid op code '${code}'. Defined op codes are: [${[...this.#kinds.keys()].join(', ')}].`;
    return new MillraceError('RUNTIME_FAILED', reason, {
      hint: "give the code in op_mapping, or pass over such rows: error_handling => 'SKIP'",
    });
  }
}
