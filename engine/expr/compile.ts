/**
 * The only file that turns text into code. User values enter generated code as parameters, except numbers and booleans,
 * which are written by us from their values.
 */
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { takeBytes, takeColumn } from '../data/take.ts';
import { sameType, type DataType } from '../types/type.ts';
import { locateColumn, pathOf, type Path } from './column-path.ts';
import type { MemoTable } from './dictionary-memo.ts';
import { Emitter, type ColumnShape, type Input } from './emitter.ts';
import { pathsOf } from './expr-key.ts';
import type { EvalContext, Expr } from './expr.ts';
import { generate, isTrue } from './generate.ts';
import { shapeOf } from './load.ts';
import { generateOutput, type OutputArrays, type OutputColumn } from './output.ts';

const functions = new Map<string, Function>();
const MAX_FUNCTIONS = 2000;

/**
 * A function with the given parameters and body, in strict mode. The same text gives the same function, so generated code must not keep
 * anything between calls.
 */
export function compileFunction(params: readonly string[], source: string): Function {
  const key = `${params.join()}\n${source}`;
  let compiled = functions.get(key);
  if (compiled === undefined) {
    compiled = new Function(...params, `'use strict';\n${source}`);
    if (functions.size >= MAX_FUNCTIONS) functions.delete(functions.keys().next().value!);
    functions.set(key, compiled);
  }
  return compiled;
}

/** Filters and projects batches. `places`, ascending, stand before rows of the batch, and are moved to where those rows (or the next ones kept) are now. */
export type Calc = (batch: Batch, places?: Int32Array) => Batch;

/**
 * A function that keeps the rows for which `filter` is TRUE and computes `exprs` of them, with kinds kept. Columns that pass unchanged
 * are the same objects when no row was dropped. `context` is live: its time and watermark may change between batches.
 * Errors of rows are thrown as MillraceError (RUNTIME_ARITHMETIC, CAST_FAILED, ...).
 *
 *     const calc = compileCalc(filter, [price, total], context);
 *     output.push(calc(batch));
 */
export function compileCalc(filter: Expr | undefined, exprs: readonly Expr[], context: EvalContext): Calc {
  const memos = new Map<string, MemoTable>();
  const select = filter === undefined ? undefined : new FilterLoop(filter, context, memos);
  const project = new ProjectLoops(exprs, context, memos);
  return (batch, places) => {
    const { length } = batch;
    if (select === undefined) return project.run(batch, undefined, length);
    if (length === 0) return project.run(batch, undefined, 0);
    const rows = new Int32Array(length);
    const kept = select.run(batch, rows);
    if (places !== undefined && kept < length) movePlaces(places, rows, kept);
    return kept === length ? project.run(batch, undefined, length) : project.run(batch, rows, kept);
  };
}

/** Place p becomes the number of kept rows before row p. */
function movePlaces(places: Int32Array, rows: Int32Array, kept: number): void {
  let before = 0;
  for (let i = 0; i < places.length; i++) {
    while (before < kept && rows[before]! < places[i]!) before++;
    places[i] = before;
  }
}

/** Fills `rows` with the places of the rows of a batch for which a condition is TRUE, ascending, and counts them. */
export type Select = (batch: Batch, rows: Int32Array) => number;

/** For operators that must know which rows a condition holds for, not only have them: outer joins. */
export function compileSelect(condition: Expr, context: EvalContext): Select {
  const select = new FilterLoop(condition, context, new Map());
  return (batch, rows) => select.run(batch, rows);
}

/** The rows of a batch for which a condition is TRUE, for operators that filter without projecting. */
export function compileFilter(condition: Expr, context: EvalContext): Calc {
  const select = new FilterLoop(condition, context, new Map());
  return (batch) => {
    const rows = new Int32Array(batch.length);
    const kept = select.run(batch, rows);
    return kept === batch.length ? batch : takeBatch(batch, rows, kept);
  };
}

type Mode = 'narrow' | 'wide';

/** A generated function and what it takes. */
interface Loop<Run> {
  readonly run: Run;
  readonly inputs: readonly Input[];
  readonly constants: readonly unknown[];
  readonly scratch: BigInt64Array;
  readonly words: Int32Array;
}

/** Specialisations of one piece of code by the shapes of the columns that it reads. */
abstract class Shaped<L> {
  readonly #paths: readonly (readonly [string, Path])[];
  readonly #loops = new Map<string, L>();
  #lastKey = '';
  #last: L | undefined;

  constructor(exprs: readonly Expr[]) {
    const found = new Map<string, Path>();
    for (const expr of exprs) pathsOf(expr, found);
    this.#paths = [...found];
  }

  protected loopFor(batch: Batch, wanted: Mode): L {
    let key: string = wanted;
    for (const [, path] of this.#paths) key += ` ${shapeOf(batch, path)}`;
    if (key === this.#lastKey) return this.#last!;
    const mode = key.includes('i128h') ? 'wide' : wanted;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      const shapes = new Map<string, ColumnShape>(this.#paths.map(([name, path]) => [name, shapeOf(batch, path)]));
      loop = this.generate(shapes, mode);
      this.#loops.set(key, loop);
    }
    this.#lastKey = key;
    this.#last = loop;
    return loop;
  }

  protected abstract generate(shapes: ReadonlyMap<string, ColumnShape>, mode: Mode): L;
}

function finishLoop<Run>(emitter: Emitter, params: readonly string[], body: readonly string[]): Loop<Run> {
  const header = [
    ...emitter.inputs.map((_, i) => `const C${i} = C[${i}];`),
    ...emitter.constants.map((_, i) => `const E${i} = E[${i}];`),
  ];
  const scratch = new BigInt64Array(Math.max(1, emitter.scratchSize));
  return {
    run: compileFunction(params, [...header, ...body].join('\n')) as Run,
    inputs: emitter.inputs,
    constants: emitter.constants,
    scratch,
    words: new Int32Array(scratch.buffer),
  };
}

type RunFilter = (
  n: number,
  C: unknown[],
  E: readonly unknown[],
  T: BigInt64Array,
  W: Int32Array,
  rows: Int32Array,
) => number;

/** Fills `rows` with the positions for which the condition is TRUE, and counts them. */
class FilterLoop extends Shaped<Loop<RunFilter>> {
  readonly #condition: Expr;
  readonly #context: EvalContext;
  readonly #memos: Map<string, MemoTable>;

  constructor(condition: Expr, context: EvalContext, memos: Map<string, MemoTable>) {
    super([condition]);
    this.#condition = condition;
    this.#context = context;
    this.#memos = memos;
  }

  run(batch: Batch, rows: Int32Array): number {
    const kept = this.#runMode(batch, rows, 'narrow');
    return kept >= 0 ? kept : this.#runMode(batch, rows, 'wide');
  }

  #runMode(batch: Batch, rows: Int32Array, mode: Mode): number {
    const loop = this.loopFor(batch, mode);
    const inputs = loop.inputs.map((read) => read(batch));
    return loop.run(batch.length, inputs, loop.constants, loop.scratch, loop.words, rows);
  }

  protected generate(shapes: ReadonlyMap<string, ColumnShape>, mode: Mode): Loop<RunFilter> {
    const emitter = new Emitter({ context: this.#context, shapes, mode, memos: this.#memos });
    const condition = generate(emitter, this.#condition);
    emitter.line(condition.isNull === 'true' ? '' : `if (${isTrue(condition)}) rows[k++] = i;`);
    const body = ['let k = 0;', 'for (let i = 0; i < n; i++) {', ...emitter.takeLines(), '}', 'return k;'];
    return finishLoop(emitter, ['n', 'C', 'E', 'T', 'W', 'rows'], body);
  }
}

type RunProject = (
  n: number,
  C: unknown[],
  E: readonly unknown[],
  T: BigInt64Array,
  W: Int32Array,
  rows: Int32Array | undefined,
  O: readonly (readonly unknown[])[],
  Q: Uint8Array,
) => number;

interface ProjectCode {
  readonly all: Loop<RunProject>;
  readonly selected: Loop<RunProject>;
  readonly outputs: readonly OutputColumn[];
}

/** Computes some expressions of all rows or of the chosen ones into columns of their own. */
class ProjectLoop extends Shaped<ProjectCode> {
  readonly #exprs: readonly Expr[];
  readonly #context: EvalContext;
  readonly #memos: Map<string, MemoTable>;

  constructor(exprs: readonly Expr[], context: EvalContext, memos: Map<string, MemoTable>) {
    super(exprs);
    this.#exprs = exprs;
    this.#context = context;
    this.#memos = memos;
  }

  run(batch: Batch, rows: Int32Array | undefined, n: number): Column[] {
    return this.#runMode(batch, rows, n, 'narrow') ?? this.#runMode(batch, rows, n, 'wide')!;
  }

  #runMode(batch: Batch, rows: Int32Array | undefined, n: number, mode: Mode): Column[] | undefined {
    const { all, selected, outputs } = this.loopFor(batch, mode);
    const loop = rows === undefined ? all : selected;
    const made: OutputArrays[] = outputs.map((output) => output.allocate(batch, n));
    const inputs = loop.inputs.map((read) => read(batch));
    const nulls = new Uint8Array(made.length);
    const arrays = made.map((output) => output.arrays);
    if (loop.run(n, inputs, loop.constants, loop.scratch, loop.words, rows, arrays, nulls) < 0) return undefined;
    return made.map((output, i) => output.finish(nulls[i] === 1));
  }

  protected generate(shapes: ReadonlyMap<string, ColumnShape>, mode: Mode): ProjectCode {
    const emitter = new Emitter({ context: this.#context, shapes, mode, memos: this.#memos });
    const outputs = this.#exprs.map((expr, index) => generateOutput(emitter, expr, index));
    const lines = emitter.takeLines();
    const before = outputs.flatMap(({ nullable }, index) => [
      `const O${index}_0 = O[${index}][0], O${index}_1 = O[${index}][1], O${index}_2 = O[${index}][2];`,
      ...(nullable ? [`let q${index} = false;`] : []),
    ]);
    const after = outputs.flatMap(({ nullable }, index) => (nullable ? [`if (q${index}) Q[${index}] = 1;`] : []));
    const build = (head: string): Loop<RunProject> =>
      finishLoop(
        emitter,
        ['n', 'C', 'E', 'T', 'W', 'rows', 'O', 'Q'],
        [...before, head, ...lines, '}', ...after, 'return 0;'],
      );
    return {
      all: build('for (let i = 0; i < n; i++) { const j = i;'),
      selected: build('for (let j = 0; j < n; j++) { const i = rows[j];'),
      outputs,
    };
  }
}

/** Above this many expressions a loop is split: V8 does not optimise very long functions. */
const MAX_EXPRS = 16;

class ProjectLoops {
  /** For each output: where it comes from, or its place among the computed ones. */
  readonly #sources: readonly (
    | { readonly kind: 'path'; readonly path: Path; readonly type: DataType }
    | { readonly kind: 'computed'; readonly group: number; readonly index: number }
  )[];
  readonly #groups: readonly ProjectLoop[];

  constructor(exprs: readonly Expr[], context: EvalContext, memos: Map<string, MemoTable>) {
    const computed: Expr[] = [];
    this.#sources = exprs.map((expr) => {
      const path = pathOf(expr);
      if (path !== undefined) return { kind: 'path', path, type: expr.type };
      computed.push(expr);
      const place = computed.length - 1;
      return { kind: 'computed', group: Math.floor(place / MAX_EXPRS), index: place % MAX_EXPRS };
    });
    const groups: ProjectLoop[] = [];
    for (let i = 0; i < computed.length; i += MAX_EXPRS) {
      groups.push(new ProjectLoop(computed.slice(i, i + MAX_EXPRS), context, memos));
    }
    this.#groups = groups;
  }

  /** `rows`: the first n entries are the rows to take; undefined: all. */
  run(batch: Batch, rows: Int32Array | undefined, n: number): Batch {
    const computed = this.#groups.map((group) => group.run(batch, rows, n));
    const columns = this.#sources.map((source) => {
      if (source.kind === 'computed') return computed[source.group]![source.index]!;
      const column = withType(locateColumn(batch, source.path), source.type);
      return rows === undefined ? column : takeColumn(column, rows, n);
    });
    const kinds = rows === undefined || batch.kinds === undefined ? batch.kinds : takeBytes(batch.kinds, rows, n);
    return { length: n, columns, kinds };
  }
}

function withType(column: Column, type: DataType): Column {
  return column.type === type || sameType(column.type, type) ? column : { ...column, type };
}
