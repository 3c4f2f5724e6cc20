/** `LIKE source (options)`: what a new table takes over from another one. As Flink's MergeTableLikeUtil. */
import { MillraceError } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import { parseExpression } from '../sql/parse.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import type { ColumnDraft, WatermarkDraft } from './bind-create-table.ts';
import { partsOf } from './bind-ddl.ts';

type Feature = Exclude<ddl.LikeOption['feature'], 'ALL'>;
type Strategy = ddl.LikeOption['strategy'];

export interface Inherited {
  readonly columns: readonly ColumnDraft[];
  readonly watermark: WatermarkDraft | undefined;
  /** Names of columns. */
  readonly primaryKey: readonly string[] | undefined;
  readonly partitionedBy: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Whether a column of the new table may stand in place of an inherited one of its name. */
  mayReplace(inherited: ColumnDraft, own: ColumnDraft): boolean;
}

/** Without options: INCLUDING ALL OVERWRITING OPTIONS. */
function strategies(like: ddl.TableLike): (feature: Feature) => Strategy {
  const given = new Map(like.options.map((option) => [option.feature, option.strategy]));
  const all = given.get('ALL') ?? 'INCLUDING';
  return (feature) => given.get(feature) ?? (feature === 'OPTIONS' && all === 'INCLUDING' ? 'OVERWRITING' : all);
}

/** @throws SQL_UNKNOWN_TABLE; SQL_INVALID where both tables define what only one may */
export function inheritFrom(like: ddl.TableLike, statement: ddl.CreateTable, env: BindEnv): Inherited {
  const path = fullPath(env, partsOf(like.source));
  const object = env.catalog.lookup([path.catalog, path.database, path.name], like.source.span);
  if (object.kind === 'view') {
    throw new MillraceError('SQL_INVALID', `${path.name} is a view: LIKE takes a table`, { span: like.source.span });
  }
  const { table } = object;
  const strategy = strategies(like);
  const has = (feature: Feature): boolean => strategy(feature) !== 'EXCLUDING';
  const columns = table.columns.flatMap((column): ColumnDraft[] => {
    if (column.kind === 'computed') {
      const { name, comment, sql } = column;
      return has('GENERATED') ? [{ kind: 'computed', name, comment, expr: parseExpression(sql) }] : [];
    }
    return column.kind === 'metadata' && !has('METADATA') ? [] : [column];
  });
  const conflict = (feature: Feature, what: string, isOwn: boolean, isInherited: boolean): void => {
    if (!isOwn || !isInherited || strategy(feature) !== 'INCLUDING') return;
    const overwriting = feature === 'WATERMARKS' ? ` or OVERWRITING ${feature}` : '';
    throw new MillraceError('SQL_INVALID', `The base table already has ${what}.`, {
      span: like.span,
      hint: `say EXCLUDING ${feature}${overwriting} behind LIKE`,
    });
  };
  const ownKey = statement.constraints.length > 0;
  conflict('WATERMARKS', 'a watermark', statement.watermarks.length > 0, table.watermark !== undefined);
  conflict('CONSTRAINTS', 'a primary key', ownKey, table.primaryKey !== undefined);
  conflict('PARTITIONS', 'partitions defined', statement.partitionedBy.length > 0, table.partitionedBy.length > 0);
  if (strategy('OPTIONS') === 'INCLUDING') {
    const twice = statement.options.find((option) => option.key.value in table.options);
    if (twice !== undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        `There already exists an option ['${twice.key.value}' -> '${table.options[twice.key.value]}'] in the base table.`,
        {
          span: twice.span,
          hint: 'say EXCLUDING OPTIONS or OVERWRITING OPTIONS behind LIKE',
        },
      );
    }
  }
  return {
    columns,
    watermark: has('WATERMARKS') && table.watermark !== undefined ? watermarkOf(table) : undefined,
    primaryKey: has('CONSTRAINTS') ? table.primaryKey?.map((i) => table.columns[i]!.name) : undefined,
    partitionedBy: has('PARTITIONS') ? table.partitionedBy : [],
    options: has('OPTIONS') ? table.options : {},
    mayReplace: (inherited, own) =>
      inherited.kind === own.kind &&
      inherited.kind !== 'physical' &&
      strategy(inherited.kind === 'metadata' ? 'METADATA' : 'GENERATED') === 'OVERWRITING',
  };
}

function watermarkOf(table: {
  readonly columns: readonly { readonly name: string }[];
  readonly watermark: { readonly column: number; readonly sql: string } | undefined;
}): WatermarkDraft {
  const { column, sql } = table.watermark!;
  const expr = parseExpression(sql);
  return { column: { kind: 'identifier', name: table.columns[column]!.name, quoted: true, span: expr.span }, expr };
}
