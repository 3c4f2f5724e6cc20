/** What binding knows besides the syntax tree: the catalog, the session's options, and hooks of the program around it. */
import type { Catalog } from '../catalog/catalog.ts';
import type { ObjectPath, ResolvedTable } from '../catalog/table.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { UserFunctions } from '../functions/user-functions.ts';
import type { Query } from '../sql/ast-query.ts';
import type { Parameter } from '../sql/ast.ts';
import type { DataType } from '../types/type.ts';
import type { Ms, Value } from '../types/value.ts';
import type { Expansions } from './expand-query.ts';
import type { LogicalPlan } from './logical.ts';
import type { Scope } from './scope.ts';

/** What a bound variable of the host program is: `:name`, `{{expression}}`. */
export type ParameterValue =
  | { readonly kind: 'value'; readonly value: Value; readonly type: DataType }
  | { readonly kind: 'list'; readonly items: readonly { readonly value: Value; readonly type: DataType }[] }
  | { readonly kind: 'table'; readonly table: ResolvedTable };

export interface BindOptions {
  /** The text that the spans of the tree point into: views keep their part of it. */
  readonly text: string;
  readonly mode: 'streaming' | 'batch';
  /** The session's options in force: SHOW SET, hints and some rules read them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What SET lists: the session's own options, without those of one statement; default `settings`. */
  readonly listed?: Readonly<Record<string, string>> | undefined;
  /** The value of a host variable; undefined when there is none of that name. */
  readonly parameter?: ((parameter: Parameter) => ParameterValue | undefined) | undefined;
  /** What `late_rows('job')` gives, by the jobs that the statement names. */
  readonly lateRows?:
    | ReadonlyMap<
        string,
        readonly { readonly operator: string; readonly dropped: number; readonly rows: readonly string[] }[]
      >
    | undefined;
  /** The session's own functions. */
  readonly functions?: UserFunctions | undefined;
  /** Checks the options of a table where a query reads or writes it. @throws CONNECTOR_OPTION */
  readonly checkTable?: ((table: ResolvedTable, use: 'source' | 'sink') => void) | undefined;
}

/** The names that are known at a place: common table expressions, and the catalog and database of unqualified names. */
export interface BindEnv {
  readonly catalog: Catalog;
  readonly options: BindOptions;
  /** The text of the spans at this place: a view's own text inside of a view. */
  readonly text: string;
  readonly ctes: ReadonlyMap<string, LogicalPlan>;
  /** Where a view was made: its unqualified names belong there. */
  readonly home: { readonly catalog: string; readonly database: string } | undefined;
  /** Views that are being expanded, outermost first: one that contains itself is an error. */
  readonly views: readonly string[];
  /** STATE_TTL hints of the SELECT whose FROM clause this is, by alias. */
  readonly stateTtl?: ReadonlyMap<string, Ms> | undefined;
  /** The names around a subquery. */
  readonly outer?: Scope | undefined;
  /** Filled while a view is made: what names and stars stand for. */
  readonly expansions: Expansions | undefined;
}

export const makeEnv = (catalog: Catalog, options: BindOptions): BindEnv => ({
  catalog,
  options,
  text: options.text,
  ctes: new Map(),
  home: undefined,
  views: [],
  expansions: undefined,
});

/** A name in full, seen from a place. */
export function fullPath(env: BindEnv, parts: readonly string[]): ObjectPath {
  if (env.home === undefined) return env.catalog.resolve(parts);
  const [name, database = env.home.database, catalog = env.home.catalog] = parts.toReversed();
  return { catalog, database, name: name! };
}

/** Flink has it, Millrace does not run it yet. */
export function unsupported(feature: string, span: Span | undefined, hint?: string): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', `${feature} is not supported yet`, { span, hint });
}

export type BindQuery = (query: Query, env: BindEnv) => LogicalPlan;
