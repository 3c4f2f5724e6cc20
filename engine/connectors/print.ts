import type { Batch } from '../data/batch.ts';
import { kindAt, rowAt } from '../data/batch-rows.ts';
import type { Connector, Sink, SinkContext } from './connector.ts';
import { OptionReader } from './options.ts';
import { rowText } from './row-text.ts';

export const print: Connector = {
  name: 'print',
  summary: 'writes each change as a line below the cell',
  options: [
    { name: 'print-identifier', kind: 'string', summary: 'put before each line, as `id> `' },
    { name: 'standard-error', kind: 'boolean', default: 'false', summary: 'write to standard error' },
  ],
  formats: [],
  metadata: {},
  sinkKinds: (_, query) => query,
  createSink: async (context) => new PrintSink(context),
};

class PrintSink implements Sink {
  readonly #context: SinkContext;
  readonly #prefix: string;
  readonly #stream: 'stdout' | 'stderr';

  constructor(context: SinkContext) {
    const options = new OptionReader(context.table.options, print.options);
    const identifier = options.text('print-identifier') ?? '';
    this.#context = context;
    this.#prefix = identifier === '' ? '' : `${identifier}> `;
    this.#stream = options.boolean('standard-error') ? 'stderr' : 'stdout';
  }

  write(batch: Batch): void {
    let text = '';
    for (let i = 0; i < batch.length; i++) {
      text += `${this.#prefix}${rowText(kindAt(batch, i), rowAt(batch, i), this.#context.schema)}\n`;
    }
    if (text !== '') this.#context.print(text, this.#stream);
  }
  async flush(): Promise<void> {}
  async prepareCommit(): Promise<unknown> {
    return undefined;
  }
  async commit(): Promise<void> {}
  async close(): Promise<void> {}
}
