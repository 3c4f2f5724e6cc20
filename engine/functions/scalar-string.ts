/** All functions on strings but regular expressions, JSON and hashes. */
import { STRING } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { always, defineScalar } from './scalar-define.ts';
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
  // The binder gives options.database.
  defineScalar({
    name: 'CURRENT_DATABASE',
    signature: 'CURRENT_DATABASE()',
    summary: 'The name of the current database.',
    params: [[]],
    returns: always(STRING),
    implement:
      ({ options }) =>
      () =>
        options['database'] ?? null,
  }),
];
