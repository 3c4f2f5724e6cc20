/** The connector `held`: rows as `inline` has them, given out in small pieces; a source can be told to wait at a row, so that its job can be stopped there. */
import type {
  Connector,
  Position,
  ReadResult,
  Source,
  SourceContext,
  Split,
  SplitReader,
} from '../../engine/connectors/connector.ts';
import { inline } from '../../engine/connectors/inline.ts';
import { sliceBatch } from '../../engine/data/batch-rows.ts';

/** Where each table waits, by name, until that is taken away; set by the test. */
export const holds = new Map<string, number>();
let waiting: (() => void) | undefined;
/** Resolves when a source has come to where it waits. */
export const untilHeld = (): Promise<void> => new Promise((resolve) => (waiting = resolve));

export const held: Connector = {
  ...inline,
  name: 'held',
  options: [...inline.options, { name: 'piece', kind: 'int', summary: 'rows of a piece' }],
  createSource: async (context) => new HeldSource(await inline.createSource!(context), context),
};

class HeldSource implements Source {
  readonly boundedness = 'bounded';
  readonly #inner: Source;
  readonly #context: SourceContext;

  constructor(inner: Source, context: SourceContext) {
    this.#inner = inner;
    this.#context = context;
  }
  async splits(): Promise<readonly Split[]> {
    return this.#inner.splits();
  }
  async open(split: Split, from: Position): Promise<SplitReader> {
    const { table } = this.#context;
    const piece = Number(table.options['piece'] ?? '3');
    const reader = await this.#inner.open(split, { row: 0 });
    const { batch } = await reader.read();
    const rows = batch?.length ?? 0;
    let row = from['row'] as number;
    return {
      async read(): Promise<ReadResult> {
        const hold = holds.get(table.path.name) ?? Infinity;
        const end = Math.min((Math.floor(row / piece) + 1) * piece, rows);
        // Pieces end where they always end: what comes of several sources depends on it.
        if (row >= hold && row < rows) {
          waiting?.();
          await new Promise((resolve) => setTimeout(resolve, 1));
          return { batch: undefined, position: { row }, done: false };
        }
        const result = batch && end > row ? sliceBatch(batch, row, end) : undefined;
        row = end;
        return { batch: result, position: { row }, done: row >= rows };
      },
      close: () => reader.close(),
    };
  }
  async close(): Promise<void> {
    await this.#inner.close();
  }
}
