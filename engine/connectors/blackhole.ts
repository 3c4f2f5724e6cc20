import type { Connector, Sink } from './connector.ts';

export const blackhole: Connector = {
  name: 'blackhole',
  summary: 'takes everything and forgets it, for measurements',
  options: [],
  formats: [],
  metadata: {},
  // As in Flink it asks for no -U: updates come without them.
  sinkKinds: (_, query) => ({ ...query, updateBefore: false }),
  createSink: async (): Promise<Sink> => ({
    write() {},
    async flush() {},
    async prepareCommit() {
      return undefined;
    },
    async commit() {},
    async close() {},
  }),
};
