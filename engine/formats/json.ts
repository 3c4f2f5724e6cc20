import type { Format } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';
import { checkJsonOptions, jsonOptions } from './json-options.ts';

export const json: Format = {
  name: 'json',
  summary: 'one JSON object a row; in files one a line',
  options: jsonOptions,
  validate: checkJsonOptions,
  makeDecoder: (spec) => new JsonDecoder(spec),
  makeEncoder: (spec) => new JsonEncoder(spec),
};
