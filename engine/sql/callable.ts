/** Reserved words that an ordinary call may begin with. */
import { reservedFunctions } from './keywords.ts';

/** The functions, the constructors `DATE(x)`, `ARRAY(1, 2)`, and the functions of MATCH_RECOGNIZE. */
export const callableWords: ReadonlySet<string> = new Set([
  ...reservedFunctions,
  'DATE',
  'TIME',
  'TIMESTAMP',
  'ARRAY',
  'MULTISET',
  'MAP',
  'CLASSIFIER',
  'MATCH_NUMBER',
  'PREV',
  'NEXT',
  'CEIL',
  'CONVERT',
  'TRANSLATE',
  'CONTAINS_SUBSTR',
]);
