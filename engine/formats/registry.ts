/** The formats by name. */
import { INSERT_ONLY, type ChangeKinds } from '../data/change-kinds.ts';
import { didYouMean, MillraceError } from '../errors.ts';
import type { Decoder, DecoderSpec, Encoder, EncoderSpec, Format } from './format.ts';
import { avro, avroConfluent } from './avro.ts';
import { cdcFormats } from './cdc-json.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { parquet } from './parquet.ts';
import { raw } from './raw.ts';

const formats: ReadonlyMap<string, Format> = new Map(
  [json, csv, raw, avro, avroConfluent, parquet, ...cdcFormats].map((format) => [format.name, format]),
);

export const formatNames: readonly string[] = [...formats.keys()];

/** Throws CONNECTOR_OPTION for an unknown name. */
export function format(name: string): Format {
  const found = formats.get(name);
  if (found !== undefined) return found;
  throw new MillraceError('CONNECTOR_OPTION', `there is no format '${name}'`, {
    hint: didYouMean(name, formatNames) ?? `formats: ${formatNames.join(', ')}`,
  });
}

/** The kinds of change that a format carries. */
export const formatKinds = (name: string | undefined): ChangeKinds =>
  (name === undefined ? undefined : formats.get(name)?.kinds) ?? INSERT_ONLY;

export function makeDecoder(spec: DecoderSpec): Decoder {
  const found = format(spec.format);
  if (found.makeDecoder !== undefined) return found.makeDecoder(spec);
  throw new MillraceError('CONNECTOR_OPTION', `format '${spec.format}' can only be written, not read`);
}

export function makeEncoder(spec: EncoderSpec): Encoder {
  const found = format(spec.format);
  if (found.makeEncoder !== undefined) return found.makeEncoder(spec);
  throw new MillraceError('CONNECTOR_OPTION', `format '${spec.format}' can only be read, not written`);
}

/** The options of one format out of those of a table, without their prefix: `json.ignore-parse-errors` as `ignore-parse-errors`. */
export function formatOptions(options: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const start = `${prefix}.`;
  return Object.fromEntries(
    Object.entries(options)
      .filter(([key]) => key.startsWith(start))
      .map(([key, value]) => [key.slice(start.length), value]),
  );
}
