/** All functions on strings but regular expressions, JSON and hashes. */
import type { ScalarFunction } from './function.ts';
import { stringCutFunctions } from './scalar-string-cut.ts';
import { stringEncodeFunctions } from './scalar-string-encode.ts';
import { stringFormatFunctions } from './scalar-string-format.ts';
import { stringJoinFunctions } from './scalar-string-join.ts';
import { stringSearchFunctions } from './scalar-string-search.ts';

export const stringFunctions: readonly ScalarFunction[] = [
  ...stringCutFunctions,
  ...stringJoinFunctions,
  ...stringSearchFunctions,
  ...stringEncodeFunctions,
  ...stringFormatFunctions,
];
