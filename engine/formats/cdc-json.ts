/** debezium-json, canal-json, maxwell-json and ogg-json: changes of database tables as JSON messages, with all row kinds. */
import { ALL_KINDS } from '../data/change-kinds.ts';
import type { OptionSpec } from '../connectors/connector.ts';
import { OptionReader, optionError } from '../connectors/options.ts';
import { CdcDecoder } from './cdc-decoder.ts';
import { CdcEncoder } from './cdc-encoder.ts';
import { canal, debezium, maxwell, ogg, type CdcEnvelope } from './cdc-envelope.ts';
import { cdcOptions } from './cdc-options.ts';
import type { Format } from './format.ts';

const debeziumOptions: readonly OptionSpec[] = [
  {
    name: 'schema-include',
    kind: 'boolean',
    default: 'false',
    summary: 'messages are {"schema": .., "payload": ..}; such messages can only be read',
  },
];
const canalOptions: readonly OptionSpec[] = [
  { name: 'database.include', kind: 'string', summary: 'only messages whose database matches this regular expression' },
  { name: 'table.include', kind: 'string', summary: 'only messages whose table matches this regular expression' },
];

function cdcFormat(envelope: CdcEnvelope, summary: string, options: readonly OptionSpec[] = []): Format {
  const all = [...options, ...cdcOptions];
  return {
    name: envelope.format,
    summary,
    options: all,
    kinds: ALL_KINDS,
    metadata: Object.fromEntries(Object.entries(envelope.metadata).map(([key, { type }]) => [key, type])),
    makeDecoder: (spec) => new CdcDecoder(envelope, spec, new OptionReader(spec.options, all, `${envelope.format}.`)),
    validateWrite: (given) => {
      if (
        options === debeziumOptions &&
        new OptionReader(given, all, `${envelope.format}.`).boolean('schema-include')
      ) {
        throw optionError(
          "Debezium JSON serialization doesn't support 'debezium-json.schema-include' option been set to true.",
        );
      }
    },
    makeEncoder: (spec) => new CdcEncoder(envelope, spec),
  };
}

export const cdcFormats: readonly Format[] = [
  cdcFormat(debezium, 'changes as Debezium writes them', debeziumOptions),
  cdcFormat(canal, 'changes as Canal writes them', canalOptions),
  cdcFormat(maxwell, 'changes as Maxwell writes them'),
  cdcFormat(ogg, 'changes as Oracle GoldenGate writes them'),
];
