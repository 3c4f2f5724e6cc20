import { CsvDecoder } from './csv-decoder.ts';
import { CsvEncoder } from './csv-encoder.ts';
import { csvOptions, csvReadOptions } from './csv-options.ts';
import type { Format } from './format.ts';

export const csv: Format = {
  name: 'csv',
  summary: 'values between delimiters, one row a line',
  options: csvOptions,
  validate: (options) => void csvReadOptions(options),
  makeDecoder: (spec) => new CsvDecoder(spec),
  makeEncoder: (spec) => new CsvEncoder(spec),
};
