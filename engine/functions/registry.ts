/** All built-in functions by name. A new module of functions is one import and one entry in a list below. */
import { aggregateFunctions, overFunctions } from './aggregates.ts';
import { arithmeticFunctions } from './arithmetic.ts';
import { comparisonFunctions } from './comparison.ts';
import type { AggregateFunction, ScalarFunction, TableFunction } from './function.ts';
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
import { replicateRows } from './table-replicate.ts';
import { unnest } from './table-unnest.ts';

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
const tableLists: readonly (readonly TableFunction[])[] = [[unnest, replicateRows]];

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
const tables = byName(tableLists);
const overs = byName([overFunctions]);

/** The scalar function or operator of that name or alias, in any case; undefined when there is none. */
export function scalarFunction(name: string): ScalarFunction | undefined {
  return scalars.get(name) ?? scalars.get(name.toUpperCase()) ?? installed.scalar.get(name);
}

/** The aggregate function of that name or alias, in any case. */
export function aggregateFunction(name: string): AggregateFunction | undefined {
  return aggregates.get(name) ?? aggregates.get(name.toUpperCase()) ?? installed.aggregate.get(name);
}

/** The table function of that name or alias, in any case. */
export function tableFunction(name: string): TableFunction | undefined {
  return tables.get(name) ?? tables.get(name.toUpperCase()) ?? installed.table.get(name);
}

/** The function of that name that has a meaning only with OVER: ROW_NUMBER, LAG .. */
export function overFunction(name: string): AggregateFunction | undefined {
  return overs.get(name.toUpperCase());
}

/** Every function once, scalars first: for SHOW FUNCTIONS, completion and hints. */
export function allFunctions(): readonly (ScalarFunction | AggregateFunction)[] {
  return [...scalarLists.flat(), ...aggregateLists.flat()];
}

/** Functions of sessions by the key that plans hold. They live in this thread alone: a plan that calls one runs here. */
const installed = {
  scalar: new Map<string, ScalarFunction>(),
  aggregate: new Map<string, AggregateFunction>(),
  table: new Map<string, TableFunction>(),
};
let lastInstalled = 0;

/** Makes a function known to plans of this thread. @returns its key, `name#number` */
export function install(
  name: string,
  fn: ScalarFunction | AggregateFunction | TableFunction,
  kind: 'scalar' | 'aggregate' | 'table',
): string {
  const key = `${name}#${++lastInstalled}`;
  (installed[kind] as Map<string, unknown>).set(key, { ...fn, name: key, aliases: undefined });
  return key;
}

/** Whether a plan's function is one that sessions of this thread have installed. */
export const isInstalled = (key: string): boolean => Object.values(installed).some((functions) => functions.has(key));

/** Whether calls of the function can be sent to this thread: a function of the user over whole columns, or one of another process. */
export const isOverColumns = (key: string): boolean =>
  (installed.scalar.get(key) ?? installed.table.get(key) ?? installed.aggregate.get(key))?.evaluate !== undefined;

/** Makes an aggregate of another thread known to plans of this one, under the key that it has there. */
export function installRemote(fn: AggregateFunction): void {
  installed.aggregate.set(fn.name, fn);
}
