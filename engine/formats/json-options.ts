import type { OptionSpec } from '../connectors/connector.ts';
import { OptionReader, optionError } from '../connectors/options.ts';
import type { DataType } from '../types/type.ts';
import type { DecoderSpec } from './format.ts';
import type { JsonReadOptions } from './json-readers.ts';

/** Flink's options of the json format. */
export const jsonOptions: readonly OptionSpec[] = [
  {
    name: 'fail-on-missing-field',
    kind: 'boolean',
    default: 'false',
    summary: 'fail when a wanted field is missing; else it is NULL',
  },
  {
    name: 'ignore-parse-errors',
    kind: 'boolean',
    default: 'false',
    summary: 'fields that cannot be read are NULL and rows that cannot be read are skipped; else the job fails',
  },
  {
    name: 'timestamp-format.standard',
    kind: 'enum',
    values: ['SQL', 'ISO-8601'],
    default: 'SQL',
    summary: "SQL: '2024-01-31 10:11:12.345', ISO-8601: '2024-01-31T10:11:12.345'; TIMESTAMP_LTZ with a final Z",
  },
  {
    name: 'map-null-key.mode',
    kind: 'enum',
    values: ['FAIL', 'DROP', 'LITERAL'],
    default: 'FAIL',
    summary: 'what a sink does with a NULL key of a MAP',
  },
  {
    name: 'map-null-key.literal',
    kind: 'string',
    default: 'null',
    summary: 'the key written for NULL in mode LITERAL',
  },
  {
    name: 'encode.decimal-as-plain-number',
    kind: 'boolean',
    default: 'false',
    summary: 'write decimals as 0.00000001 instead of 1E-8',
  },
  {
    name: 'encode.ignore-null-fields',
    kind: 'boolean',
    default: 'false',
    summary: 'leave NULL fields out instead of writing null',
  },
  {
    name: 'decode.json-parser.enabled',
    kind: 'boolean',
    default: 'true',
    summary: "for Flink's sake; reading is the same either way",
  },
];

/** @throws CONNECTOR_OPTION when options contradict each other */
export function checkJsonOptions(given: Readonly<Record<string, string>>): void {
  const options = new OptionReader(given, jsonOptions, 'json.');
  if (options.boolean('fail-on-missing-field') && options.boolean('ignore-parse-errors'))
    throw optionError("'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true");
}

export function jsonReadOptions(spec: DecoderSpec): JsonReadOptions {
  const options = new OptionReader(spec.options, jsonOptions, `${spec.format}.`);
  return {
    ignoreParseErrors: options.boolean('ignore-parse-errors'),
    failOnMissingField: options.boolean('fail-on-missing-field'),
    timestampStyle: options.choice('timestamp-format.standard') === 'ISO-8601' ? 'iso' : 'sql',
    exactNumbers: spec.fields.some((field) => hasDecimal(field.type)),
  };
}

function hasDecimal(type: DataType): boolean {
  switch (type.kind) {
    case 'DECIMAL':
      return true;
    case 'ARRAY':
    case 'MULTISET':
      return hasDecimal(type.element);
    case 'MAP':
      return hasDecimal(type.key) || hasDecimal(type.value);
    case 'ROW':
      return type.fields.some((field) => hasDecimal(field.type));
    default:
      return false;
  }
}
