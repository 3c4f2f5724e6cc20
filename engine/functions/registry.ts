/** All built-in functions by name. A new module of functions is one import and one entry in a list below. */
import { aggregateFunctions } from './aggregates.ts';
import { arithmeticFunctions } from './arithmetic.ts';
import { comparisonFunctions } from './comparison.ts';
import type { AggregateFunction, ScalarFunction } from './function.ts';
import { collectionFunctions } from './scalar-collection.ts';
import { conditionalFunctions } from './scalar-conditional.ts';
import { hashFunctions } from './scalar-hash.ts';
import { jsonFunctions } from './scalar-json.ts';
import { mathFunctions } from './scalar-math.ts';
import { regexFunctions } from './scalar-regex.ts';
import { stringFunctions } from './scalar-string.ts';
import { timeFunctions } from './scalar-time.ts';
import { bitmapFunctions } from './scalar-bitmap.ts';
import { structuredFunctions } from './scalar-structured.ts';
import { variantFunctions } from './scalar-variant.ts';

const scalarLists: readonly (readonly ScalarFunction[])[] = [
  arithmeticFunctions,
  comparisonFunctions,
  stringFunctions,
  regexFunctions,
  mathFunctions,
  timeFunctions,
  collectionFunctions,
  conditionalFunctions,
  hashFunctions,
  jsonFunctions,
  variantFunctions,
  bitmapFunctions,
  structuredFunctions,
];
const aggregateLists: readonly (readonly AggregateFunction[])[] = [aggregateFunctions];

function byName<F extends { readonly name: string; readonly aliases?: readonly string[] | undefined }>(
  lists: readonly (readonly F[])[],
): ReadonlyMap<string, F> {
  const names = new Map<string, F>();
  for (const fn of lists.flat()) {
    for (const name of [fn.name, ...(fn.aliases ?? [])]) names.set(name, fn);
  }
  return names;
}

const scalars = byName(scalarLists);
const aggregates = byName(aggregateLists);

/** The scalar function or operator of that name or alias, in any case; undefined when there is none. */
export function scalarFunction(name: string): ScalarFunction | undefined {
  return scalars.get(name) ?? scalars.get(name.toUpperCase());
}

/** The aggregate function of that name or alias, in any case. */
export function aggregateFunction(name: string): AggregateFunction | undefined {
  return aggregates.get(name) ?? aggregates.get(name.toUpperCase());
}

/** Every function once, scalars first: for SHOW FUNCTIONS, completion and hints. */
export function allFunctions(): readonly (ScalarFunction | AggregateFunction)[] {
  return [...scalarLists.flat(), ...aggregateLists.flat()];
}
