/** PARSE_JSON and TRY_PARSE_JSON. Element access is in scalar-item.ts, casts in cast-variant.ts, JSON_STRING with the JSON functions. */
import { MillraceError } from '../errors.ts';
import { VARIANT } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { boolean, defineScalar, maybe, strictly, text } from './scalar-define.ts';
import { parseVariant } from './variant-parse.ts';

const params = [[text], [text, boolean]];

export const variantFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'PARSE_JSON',
    signature: 'PARSE_JSON(json_string[, allow_duplicate_keys])',
    summary: 'The JSON text as a VARIANT; fails when it is no JSON, or has a key twice and that is not allowed.',
    params,
    bareNull: true,
    returns: strictly(VARIANT),
    run: (json: string, duplicates = false) => {
      const document = parseVariant(json, duplicates as boolean);
      if (document !== undefined) return document;
      throw new MillraceError('RUNTIME_FAILED', `Failed to parse json string: ${json.slice(0, 100)}`, {
        hint: 'TRY_PARSE_JSON gives NULL instead; of equal keys the last counts with PARSE_JSON(json, TRUE)',
      });
    },
  }),
  defineScalar({
    name: 'TRY_PARSE_JSON',
    signature: 'TRY_PARSE_JSON(json_string[, allow_duplicate_keys])',
    summary: 'The JSON text as a VARIANT; NULL when it is no JSON, or has a key twice and that is not allowed.',
    params,
    bareNull: true,
    returns: maybe(VARIANT),
    run: (json: string, duplicates = false) => parseVariant(json, duplicates as boolean) ?? null,
  }),
];
