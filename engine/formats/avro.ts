import type { OptionSpec } from '../connectors/connector.ts';
import { OptionReader, optionError } from '../connectors/options.ts';
import { codecOf, ContainerWriter, readContainer } from './avro-container.ts';
import { AvroDecoder } from './avro-decoder.ts';
import { AvroJsonDecoder, AvroJsonEncoder } from './avro-json.ts';
import { schemaOfFields } from './avro-schema.ts';
import { AvroEncoder } from './avro-writer.ts';
import type { Format } from './format.ts';

const options: readonly OptionSpec[] = [
  {
    name: 'encoding',
    kind: 'enum',
    values: ['binary', 'json'],
    default: 'binary',
    summary: 'the form of single records, in messages of Kafka',
  },
  {
    name: 'codec',
    kind: 'string',
    default: 'snappy',
    summary: 'how blocks of files are packed: null, deflate or snappy',
  },
  {
    name: 'timestamp_mapping.legacy',
    kind: 'boolean',
    default: 'true',
    summary: 'TIMESTAMP is an instant of Avro; with false it is a local timestamp, and TIMESTAMP_LTZ the instant',
  },
];
const read = (given: Readonly<Record<string, string>>): OptionReader => new OptionReader(given, options, 'avro.');
const isLegacy = (given: Readonly<Record<string, string>>): boolean => read(given).boolean('timestamp_mapping.legacy');
const isJson = (given: Readonly<Record<string, string>>): boolean => read(given).choice('encoding') === 'json';

export const avro: Format = {
  name: 'avro',
  summary: 'records of Apache Avro, with the schema of the table',
  options,
  validate: (given) => void codecOf(read(given).text('codec')!),
  bulk: {
    read: readContainer,
    write: (spec, path) => {
      const codec = codecOf(read(spec.options).text('codec')!);
      return ContainerWriter.open(spec, path, schemaOfFields(spec.schema, isLegacy(spec.options)), codec);
    },
  },
  makeDecoder: (spec) => {
    const schema = schemaOfFields(spec.fields, isLegacy(spec.options));
    return isJson(spec.options) ? new AvroJsonDecoder(spec, schema) : new AvroDecoder(spec, schema);
  },
  makeEncoder: (spec) => {
    const schema = schemaOfFields(spec.schema, isLegacy(spec.options));
    return isJson(spec.options) ? new AvroJsonEncoder(spec, schema) : new AvroEncoder(spec, schema);
  },
};

/** Named, so that it is refused with a sentence and not as an unknown word. */
export const avroConfluent: Format = {
  name: 'avro-confluent',
  summary: 'Avro with schemas of a registry; not available here',
  options: [{ name: '', kind: 'string', prefix: true, summary: 'options of the registry' }],
  validate: () => {
    throw optionError(
      "format 'avro-confluent' needs a schema registry, which is not spoken to here",
      "use 'avro' with the table's own schema, or a Flink cluster",
    );
  },
};
