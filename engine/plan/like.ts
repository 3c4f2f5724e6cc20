/** `LIKE source (options)`: what a new table takes over from another one. As Flink's MergeTableLikeUtil. */
import { quotedPath } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { partsOf } from './written.ts';
import { draftOfTable } from './table-draft.ts';
import type { ColumnDraft, TableDraft } from './table-draft.ts';

type Feature = Exclude<ddl.LikeOption['feature'], 'ALL'>;
type Strategy = ddl.LikeOption['strategy'];

export interface Inherited extends TableDraft {
  readonly options: Readonly<Record<string, string>>;
  /** Puts a column of the statement in place of an inherited one, if it may. @throws SQL_INVALID */
  merge(inherited: ColumnDraft, own: ColumnDraft, span: Span): ColumnDraft;
}

/** Without options: INCLUDING ALL OVERWRITING OPTIONS. @throws SQL_INVALID for a feature that is named twice */
function strategies(like: ddl.TableLike): (feature: Feature) => Strategy {
  const given = new Map<ddl.LikeOption['feature'], Strategy>();
  for (const option of like.options) {
    if (given.has(option.feature)) {
      throw new MillraceError('SQL_INVALID', 'Each like option feature can be declared only once.', {
        span: option.span,
        hint: `leave one of the two ${option.feature} out`,
      });
    }
    given.set(option.feature, option.strategy);
  }
  const all = given.get('ALL') ?? 'INCLUDING';
  return (feature) => given.get(feature) ?? (feature === 'OPTIONS' && !given.has('ALL') ? 'OVERWRITING' : all);
}

/** @throws SQL_UNKNOWN_TABLE; SQL_INVALID where both tables define what only one may */
export function inheritFrom(like: ddl.TableLike, statement: ddl.CreateTable, env: BindEnv): Inherited {
  const table = sourceTable(like, env);
  const source = draftOfTable(table);
  const strategy = strategies(like);
  const has = (feature: Feature): boolean => strategy(feature) !== 'EXCLUDING';
  const conflict = (feature: Feature, what: string, isOwn: boolean, isInherited: boolean): void => {
    if (!isOwn || !isInherited || strategy(feature) !== 'INCLUDING') return;
    const ways = feature === 'WATERMARKS' ? `EXCLUDING ${feature} or OVERWRITING ${feature}` : `EXCLUDING ${feature}`;
    throw new MillraceError('SQL_INVALID', `${what} You might want to specify ${ways}.`, {
      span: like.span,
      hint: `write LIKE ${like.source.parts.at(-1)!.name} (${ways.split(' or ')[0]})`,
    });
  };
  const ownKey =
    statement.constraints.length > 0 ||
    statement.columns.some((column) => column.kind === 'physicalColumn' && column.constraint !== undefined);
  const watermarkOf = source.watermark?.column.name;
  conflict(
    'WATERMARKS',
    `There already exists a watermark spec for column '${watermarkOf}' in the base table.`,
    statement.watermarks.length > 0,
    watermarkOf !== undefined,
  );
  conflict('CONSTRAINTS', 'The base table already has a primary key.', ownKey, source.primaryKey !== undefined);
  const ownDistribution = statement.distribution !== undefined;
  const hasDistribution = source.distribution !== undefined;
  conflict('DISTRIBUTION', 'The base table already has a distribution defined.', ownDistribution, hasDistribution);
  const ownPartitions = statement.partitionedBy.length > 0;
  const hasPartitions = source.partitionedBy.length > 0;
  conflict('PARTITIONS', 'The base table already has partitions defined.', ownPartitions, hasPartitions);
  if (strategy('OPTIONS') === 'INCLUDING') checkOptions(statement, table);
  return {
    columns: source.columns.filter((column) => column.kind === 'physical' || has(featureOf(column))),
    watermark: has('WATERMARKS') ? source.watermark : undefined,
    primaryKey: has('CONSTRAINTS') ? source.primaryKey : undefined,
    // EXCLUDING only allows the new table to have its own: without one it gets those of the source, as in Flink.
    distribution: source.distribution,
    partitionedBy: source.partitionedBy,
    options: has('OPTIONS') ? table.options : {},
    merge: (inherited, own, span) => {
      const refuse = (reason: string, hint?: string): MillraceError =>
        new MillraceError('SQL_INVALID', reason, { span, hint: hint ?? 'give the column another name' });
      const { name } = own;
      if (own.kind === 'physical') throw refuse(`A column named '${name}' already exists in the base table.`);
      const what = own.kind === 'computed' ? 'generated' : 'metadata';
      const kind = own.kind === 'computed' ? 'Computed' : 'Metadata';
      if (inherited.kind !== own.kind) {
        throw refuse(
          inherited.kind === 'physical'
            ? `A column named '${name}' already exists in the table. Duplicate columns exist in the ${own.kind === 'computed' ? 'compute' : 'metadata'} column and regular column.`
            : `A column named '${name}' already exists in the base table. ${kind} columns can only overwrite other ${own.kind} columns.`,
        );
      }
      const feature = featureOf(own);
      if (strategy(feature) === 'OVERWRITING') return own;
      const ways = `EXCLUDING ${feature} or OVERWRITING ${feature}`;
      throw refuse(
        `A ${what} column named '${name}' already exists in the base table. You might want to specify ${ways}.`,
        `say ${ways} behind LIKE`,
      );
    },
  };
}

const featureOf = (column: ColumnDraft): Feature => (column.kind === 'computed' ? 'GENERATED' : 'METADATA');

function sourceTable(like: ddl.TableLike, env: BindEnv): ResolvedTable {
  const path = fullPath(env, partsOf(like.source));
  const object = env.catalog.get(path);
  if (object?.kind === 'table') return object.table;
  const name = quotedPath(path);
  const { span } = like.source;
  if (object !== undefined) {
    throw new MillraceError('SQL_INVALID', `Source table '${name}' of the LIKE clause can not be a VIEW`, {
      span,
      hint: 'CREATE TABLE ... AS SELECT * FROM the view takes its columns over',
    });
  }
  throw new MillraceError('SQL_UNKNOWN_TABLE', `Source table '${name}' of the LIKE clause not found in the catalog`, {
    span,
    hint: didYouMean(path.name, env.catalog.names(path.catalog, path.database)),
  });
}

function checkOptions(statement: ddl.CreateTable, table: ResolvedTable): void {
  const twice = statement.options.find((option) => option.key.value in table.options);
  if (twice === undefined) return;
  const key = twice.key.value;
  throw new MillraceError(
    'SQL_INVALID',
    `There already exists an option ['${key}' -> '${table.options[key]}']  in the base table. You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS.`,
    { span: twice.span, hint: 'say EXCLUDING OPTIONS or OVERWRITING OPTIONS behind LIKE' },
  );
}
