/** Options that debezium-json, canal-json, maxwell-json and ogg-json share, and the json options that they stand for. */
import type { OptionSpec } from '../connectors/connector.ts';
import { jsonOptions } from './json-options.ts';

const shared = [
  'ignore-parse-errors',
  'timestamp-format.standard',
  'map-null-key.mode',
  'map-null-key.literal',
  'encode.decimal-as-plain-number',
  'encode.ignore-null-fields',
];

export const cdcOptions: readonly OptionSpec[] = jsonOptions
  .filter(({ name }) => shared.includes(name))
  .map((spec) =>
    spec.name === 'ignore-parse-errors'
      ? { ...spec, summary: 'messages that cannot be read are skipped, fields become NULL; else the job fails' }
      : spec,
  );

/** Of a format's options those that its json reader and writer take. */
export function jsonPart(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => shared.includes(name)));
}
