import type { Schema } from '../types/schema.ts';
import type { Ms } from '../types/value.ts';
import type { MatchSpec, MatchVariable } from './match.ts';

/** A MATCH_RECOGNIZE as a line of EXPLAIN. */
export function matchText(
  name: string,
  match: MatchSpec & { readonly schema: Schema; readonly input: { readonly schema: Schema } },
  durationText: (ms: Ms) => string,
): string {
  const input = match.input.schema.map((column) => column.name);
  const list = (items: readonly string[]): string => `[${items.join(', ')}]`;
  const measures = match.schema.slice(match.partition.length).map((column) => column.name);
  const { to, variable } = match.skip;
  const skip = { next: 'TO NEXT ROW', 'past-last': 'PAST LAST ROW', first: 'TO FIRST', last: 'TO LAST' }[to];
  const parts = [
    ...(match.partition.length === 0 ? [] : [`partitionBy=${list(match.partition.map((key) => input[key]!))}`]),
    `orderBy=${list(match.keys.map(({ column, descending }) => `${input[column]!} ${descending ? 'DESC' : 'ASC'}`))}`,
    `measures=${list(measures)}`,
    'rowsPerMatch=[ONE ROW PER MATCH]',
    `after=[SKIP ${skip}${variable === undefined ? '' : ` ${match.variables[variable]!.name}`}]`,
    `pattern=[(${match.variables.map((one) => `${one.name}${quantifier(one)}`).join(' ')})]`,
    ...(match.within === undefined ? [] : [`within=[${durationText(match.within)}]`]),
  ];
  return `${name}(${parts.join(', ')})`;
}

function quantifier({ min, max, greedy }: MatchVariable): string {
  if (min === 1 && max === 1) return '';
  if (min === 0 && max === 1) return '?';
  const bounds = max === undefined ? (min === 0 ? '*' : min === 1 ? '+' : `{${min},}`) : `{${min},${max}}`;
  return `${bounds}${greedy || min === max ? '' : '?'}`;
}
