/** The contracts of scalar, aggregate and table functions. A function is data: names, typing, meaning, and optionally faster code. */
import type { Column } from '../data/column.ts';
import type { EvalContext, Expr } from '../expr/expr.ts';
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** An argument as the binder sees it. `literal` is set when it is a constant: some result types depend on it (ROUND, DECIMAL scale). */
export interface Argument {
  readonly type: DataType;
  readonly literal?: { readonly value: Value } | undefined;
}

export interface FunctionBinding {
  /** The types to which the arguments are cast before the call. */
  readonly argTypes: readonly DataType[];
  readonly type: DataType;
  readonly options: Readonly<Record<string, Value>>;
}

export type Options = Readonly<Record<string, Value>>;

export interface ScalarFunction {
  /** Upper case, or the operator's sign. The key that CallExpr.fn holds. */
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
  /** `SPLIT_INDEX(string, delimiter, index)`: shown in errors, hover and completion. */
  readonly signature: string;
  readonly summary: string;
  /** strict: NULL if any argument is NULL, and `implement` never sees one. */
  readonly nulls: 'strict' | 'custom';
  /** false: RAND, UUID, CURRENT_TIMESTAMP...: never folded or memoised. */
  readonly deterministic: boolean;
  /**
   * Checks arity and types and gives the types to cast to and the result type, by Flink's rules; undefined = the arguments do not fit
   * (the binder then reports SQL_TYPE with `signature`). May throw MillraceError for a better reason.
   * A strict function's result is nullable if any argument is; the binder does not add that: say it in `type`.
   */
  resolve(args: readonly Argument[], options: Options): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;
  /**
   * The meaning: a closure specialised for the types. Called once per expression and job; `context` is live (its fields change between batches).
   * The closure throws MillraceError (RUNTIME_ARITHMETIC, CAST_FAILED, ...) where Flink fails the job.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the binding
  implement(binding: FunctionBinding, context: EvalContext): (...args: any[]) => Value;
  /**
   * Optional: a JavaScript expression over the (non-NULL, already cast) argument expressions that equals `implement` and is never NULL; undefined = call the closure.
   * Each argument text may be used once only unless it is a plain name (the compiler passes names).
   */
  emit?(args: readonly string[], binding: FunctionBinding): string | undefined;
  /**
   * Functions of the user: the meaning over whole columns (cast already, `length` rows). Calls of them are taken out of the generated loops
   * (plan/split-user-calls.ts). A promise means that another process computes it.
   */
  evaluate?(binding: FunctionBinding, context: EvalContext): Evaluate;
}

/** One aggregate call of a GROUP BY or a window; arguments are columns of the input (computed before by a projection). */
export interface AggregateCall {
  /** COUNT, SUM, AVG, MIN, MAX, ... as registered. COUNT(*) has no arguments. */
  readonly fn: string;
  readonly args: readonly number[];
  readonly distinct: boolean;
  /** A BOOLEAN column: only rows where it is TRUE count. */
  readonly filter: number | undefined;
  readonly type: DataType;
  readonly options?: Options | undefined;
  /** Output column name. */
  readonly name: string;
}

export interface AggregateFunction {
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
  readonly signature: string;
  readonly summary: string;
  /** As for scalar functions. */
  resolve(args: readonly Argument[], options: Options): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;
  /** Functions of the user: what they do with the rows of a group. Built-in ones are in state/aggregates. */
  accumulate?(argTypes: readonly DataType[], type: DataType): UserAggregate;
  /** Functions that another process computes: what they can do, and how a step is asked for. `type` is that of the column which the step gives. */
  readonly remote?: RemoteAbilities | undefined;
  evaluate?(operation: AggregateOperation, type: DataType): Evaluate;
}

/** Over columns of `length` rows each; a promise means that another process computes it. */
export type Evaluate = (args: readonly Column[], length: number) => Column | Promise<Column>;
/** A step over an accumulator. */
export type AggregateOperation = 'accumulate' | 'retract' | 'merge' | 'value';
export interface RemoteAbilities {
  /** It is called once with all values of a group. */
  readonly vectorized: boolean;
  readonly retract: boolean;
  readonly merge: boolean;
}

/**
 * An aggregate function of the user, over Values. Accumulators are what structuredClone takes, so that they can be saved.
 * Without `retract` it takes no input with updates, without `merge` no windows that are put together (HOP, CUMULATE, SESSION).
 */
export interface UserAggregate {
  create(): unknown;
  /** Changes the accumulator, or gives a new one. */
  accumulate(accumulator: unknown, values: readonly Value[]): unknown;
  retract?(accumulator: unknown, values: readonly Value[]): unknown;
  merge?(accumulator: unknown, other: unknown): unknown;
  value(accumulator: unknown): Value;
}

/** What a call of a table function was bound to. */
export interface TableBinding {
  /** The types to which the arguments are cast before the call. */
  readonly argTypes: readonly DataType[];
  /** The columns of the rows that it makes. */
  readonly columns: Schema;
  readonly options: Options;
}

/** The rows that a table function makes of a batch: those of input row i are offsets[i] .. offsets[i + 1] of `columns`. */
export interface Expansion {
  readonly offsets: Int32Array;
  readonly columns: readonly Column[];
}

/** A function that makes rows of each row: `LATERAL TABLE(f(x))`, UNNEST. It works on columns; `rowExpansion` makes such a function of one that works on values. */
export interface TableFunction {
  /** Upper case for built-in functions. The key that TableCall.fn holds. */
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
  readonly signature: string;
  readonly summary: string;
  /** false: two calls with the same arguments may give different rows. */
  readonly deterministic: boolean;
  /** As for scalar functions; `columns` are the names and types of the rows. */
  resolve(args: readonly Argument[], options: Options): Pick<TableBinding, 'argTypes' | 'columns'> | undefined;
  /**
   * The meaning: a closure specialised for the types, called with the argument columns (cast already, one each, of `length` rows). Called once per
   * call and job; `context` is live. It keeps nothing of one batch for the next.
   */
  implement(binding: TableBinding, context: EvalContext): (args: readonly Column[], length: number) => Expansion;
  /** Functions of the user: the rows of each row as a column of ARRAY<ROW<columns>>. As ScalarFunction.evaluate. */
  evaluate?(binding: TableBinding, context: EvalContext): Evaluate;
}

/** A call of a table function for each row of an input. */
export interface TableCall {
  /** As registered. */
  readonly fn: string;
  /** Over the columns of the input. */
  readonly args: readonly Expr[];
  readonly columns: Schema;
  readonly options?: Options | undefined;
}
