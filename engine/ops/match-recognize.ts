import type { Batch } from '../data/batch.ts';
import { BATCH_ROWS } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import { compileCalc, type Calc } from '../expr/compile.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { MatchSpec } from '../plan/match.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { MatchConditions } from './match-conditions.ts';
import { MatchHeap } from './match-heap.ts';
import { compileNfa, FINAL_STATE, firstVariables, type MatchState } from './match-nfa.ts';
import { MatchOutput } from './match-output.ts';
import { MatchRuns, START_RUN, type MatchRunsState } from './match-runs.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { rowCompare } from './row-order.ts';
import { rowTimes } from './row-times.ts';
import { TimerHeap } from './timer-heap.ts';

export interface MatchOptions extends MatchSpec {
  readonly input: Schema;
  /** Rows are looked at as they come; otherwise when the watermark has passed their time. */
  readonly processingTime: boolean;
}

interface Snapshot {
  readonly table: KeyTableState | undefined;
  readonly rows: RowStoreState;
  readonly own: readonly (Uint8Array | undefined)[];
  readonly times: Float64Array;
  readonly arrivals: Float64Array;
  readonly keyOf: Int32Array;
  readonly uses: Int32Array;
  readonly waiting: readonly number[];
  readonly runs: MatchRunsState;
  /** By key: partial matches, and complete ones that an older partial match holds back. */
  readonly searches: readonly (readonly [key: number, partial: readonly number[], complete: readonly number[]])[];
  readonly counts: readonly [arrived: number, looked: number, late: number];
  readonly progress: EpochMs;
}

/** The search in the rows of one key. */
interface Search {
  partial: MatchHeap;
  readonly complete: MatchHeap;
}

/**
 * MATCH_RECOGNIZE: rows of each key in the order of time are run through the automaton of the pattern, as flink-cep does (NFA.java, CepOperator.java):
 * each row may begin a match, greedy loops do not give back, a complete match waits while one that began before it may still become one.
 *
 * State: rows that wait for the watermark, and those of partial matches, in columns. Emits: +I, one row a match; keys in the order of their first waiting
 * row. Late rows (time at or below the watermark) are dropped and counted. Cost: each row is tried on every partial match of its key.
 */
export class MatchRecognize extends OneInput {
  readonly name: string;
  readonly #options: MatchOptions;
  readonly #context: EvalContext;
  readonly #states: readonly MatchState[];
  /** The variables that the first row of a match may be of. */
  readonly #first: readonly number[];
  readonly #table: KeyTable | undefined;
  readonly #rows: RowStore;
  readonly #runs: MatchRuns;
  readonly #conditions: MatchConditions;
  readonly #output: MatchOutput;
  /** Which variables have a condition on the row alone, and the loop that computes them for a batch. */
  readonly #tested: readonly number[];
  readonly #test: Calc;
  /** By variable and row: 1 when its condition on the row alone holds. */
  readonly #own: (Uint8Array | undefined)[];
  // By row.
  #times: Float64Array = new Float64Array(64);
  #arrivals: Float64Array = new Float64Array(64);
  #keyOf: Int32Array = new Int32Array(64);
  #uses: Int32Array = new Int32Array(64);
  readonly #waiting = new TimerHeap();
  readonly #waits = new Set<number>();
  readonly #searches = new Map<number, Search>();
  /** By key: rows that wait. */
  readonly #waitsOf = new Map<number, number>();
  readonly #unused: number[] = [];
  readonly #memo: Int8Array;
  #arrived = 0;
  #looked = 0;
  #late = 0;
  readonly late = new LateRows();
  #progress: EpochMs = -Infinity;

  constructor(options: MatchOptions, context: EvalContext) {
    super();
    this.#options = options;
    this.#context = context;
    const { input, partition, variables } = options;
    const types = input.map(({ type }) => type);
    this.name = `MatchRecognize[${variables.map((variable) => variable.name).join(' ')}]`;
    const { states, start } = compileNfa(variables);
    this.#states = states;
    this.#first = firstVariables(states, start);
    this.#table = partition.length === 0 ? undefined : new KeyTable(partition.map((key) => types[key]!));
    this.#rows = new RowStore(types);
    this.#runs = new MatchRuns(start, (row) => this.#release(row));
    this.#conditions = new MatchConditions(variables, types, this.#rows, this.#runs, context);
    this.#output = new MatchOutput(options, types, this.#rows, context);
    this.#tested = [...variables.keys()].filter((v) => variables[v]!.own !== undefined);
    this.#own = variables.map(({ own }) => own && new Uint8Array(64));
    this.#test = compileCalc(
      undefined,
      this.#tested.map((v) => variables[v]!.own!),
      context,
    );
    this.#memo = new Int8Array(variables.length);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { input, keys, partition, processingTime } = this.#options;
    const { now } = this.#context;
    const times = processingTime
      ? new Float64Array(length).fill(now)
      : rowTimes(batch, keys[0]!.column, input[keys[0]!.column]!.name);
    const groups = new Int32Array(length);
    const inTime = processingTime ? undefined : this.#inTime(batch, times);
    this.#table?.findOrInsert(
      partition.map((key) => columns[key]!),
      0,
      length,
      groups,
      inTime,
    );
    if (this.#table === undefined && inTime !== undefined) {
      for (let r = 0; r < length; r++) if (inTime[r] === 0) groups[r] = -1;
    }
    const numbers = new Int32Array(length);
    this.#rows.append(columns, 0, length, numbers, groups);
    this.#makeRoom();
    const tests = this.#test(batch).columns as readonly Extract<Column, { storage: 'u8' }>[];
    this.#tested.forEach((v, t) => {
      const { values, valid } = tests[t]!;
      const own = this.#own[v]!;
      for (let r = 0; r < length; r++) {
        if (numbers[r]! >= 0) own[numbers[r]!] = valid === undefined ? values[r]! : values[r]! & valid[r]!;
      }
    });
    for (let r = 0; r < length; r++) {
      const row = numbers[r]!;
      if (row < 0) continue;
      this.#times[row] = times[r]!;
      this.#arrivals[row] = this.#arrived++;
      this.#keyOf[row] = groups[r]!;
      this.#uses[row] = 1;
      if (processingTime && keys.length === 1) this.#process(groups[r]!, [row], now);
      else this.#wait(row);
    }
    if (processingTime) this.#flush();
  }

  /** 0 for rows that come too late; undefined when none does. */
  #inTime(batch: Batch, times: Float64Array): Uint8Array | undefined {
    const { length } = batch;
    let inTime: Uint8Array | undefined;
    for (let r = 0; r < length; r++) {
      if (times[r]! > this.#progress) continue;
      inTime ??= new Uint8Array(length).fill(1);
      inTime[r] = 0;
      this.#late++;
      this.late.add(batch, r);
    }
    return inTime;
  }

  #makeRoom(): void {
    if (this.#times.length >= this.#rows.bound) return;
    const capacity = nextCapacity(this.#times.length, this.#rows.bound);
    this.#times = grown(this.#times, capacity);
    this.#arrivals = grown(this.#arrivals, capacity);
    this.#keyOf = grown(this.#keyOf, capacity);
    this.#uses = grown(this.#uses, capacity);
    this.#own.forEach((own, v) => {
      if (own !== undefined) this.#own[v] = grown(own, capacity);
    });
  }

  #wait(row: number): void {
    this.#waits.add(row);
    this.#waiting.add(row, this.#times[row]!);
    const key = this.#keyOf[row]!;
    this.#waitsOf.set(key, (this.#waitsOf.get(key) ?? 0) + 1);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (this.#options.processingTime) {
      // Rows that wait for the clock to move on are not lost with the end of the input.
      if (watermark === Infinity) this.#lookUpTo(Infinity, this.#context.now);
      return;
    }
    this.#progress = watermark;
    this.#lookUpTo(watermark, watermark);
  }

  override tick(now: EpochMs): void {
    if (this.#options.processingTime) this.#lookUpTo(now - 1, now);
  }

  /** Looks at the rows that wait with a time up to `time`, and drops partial matches that are too old at `now`. */
  #lookUpTo(time: EpochMs, now: EpochMs): void {
    const due = this.#waiting.take(
      time,
      (row) => (this.#waits.has(row) ? this.#times[row]! : Number.NaN),
      (rowTime) => rowTime <= time,
    );
    const { within } = this.#options;
    if (due.length === 0 && within === undefined) return;
    due.sort((a, b) => this.#times[a]! - this.#times[b]! || this.#arrivals[a]! - this.#arrivals[b]!);
    const byKey = new Map<number, number[]>();
    for (const row of due) {
      if (!this.#waits.delete(row)) continue;
      const key = this.#keyOf[row]!;
      const list = byKey.get(key);
      if (list === undefined) byKey.set(key, [row]);
      else list.push(row);
    }
    const turns = [...byKey].map(([key, rows]) => ({ at: this.#times[rows[0]!]!, key, rows }));
    if (within !== undefined) {
      for (const [key, { partial }] of this.#searches) {
        if (byKey.has(key)) continue;
        const oldest = this.#oldest(partial);
        if (oldest + within <= now) turns.push({ at: oldest + within, key, rows: [] });
      }
    }
    turns.sort((a, b) => a.at - b.at);
    for (const { key, rows } of turns) {
      const left = (this.#waitsOf.get(key) ?? 0) - rows.length;
      if (left > 0) this.#waitsOf.set(key, left);
      else this.#waitsOf.delete(key);
      this.#process(key, rows, now);
    }
    this.#flush();
    if (this.#table !== undefined) KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  #oldest({ items }: MatchHeap): EpochMs {
    return items.reduce(
      (least, run) => (run === START_RUN ? least : Math.min(least, this.#runs.times[run]!)),
      Infinity,
    );
  }

  /** Rows of one key in the order of their times, then the time that has been reached. */
  #process(key: number, rows: readonly number[], now: EpochMs): void {
    let search = this.#searches.get(key);
    if (search === undefined) {
      search = { partial: new MatchHeap(), complete: new MatchHeap() };
      search.partial.add(START_RUN, this.#runs.starts);
      this.#searches.set(key, search);
    }
    for (let from = 0; from < rows.length;) {
      const time = this.#times[rows[from]!]!;
      let to = from + 1;
      while (to < rows.length && this.#times[rows[to]!] === time) to++;
      this.#advanceTime(search, time);
      for (const row of this.#inOrder(rows.slice(from, to))) {
        if (search.partial.items.length > 1 || this.#mayBegin(row)) this.#look(search, row, time);
        this.#release(row);
      }
      from = to;
    }
    this.#advanceTime(search, now);
    if (search.partial.items.length > 1 || search.complete.items.length > 0) return;
    this.#searches.delete(key);
    if (!this.#waitsOf.has(key)) this.#table?.remove(key);
  }

  /** Whether a row can be the first of a match, as far as its own values tell. */
  #mayBegin(row: number): boolean {
    return this.#first.some((v) => this.#own[v]?.[row] !== 0);
  }

  /** Rows of the same time by the other keys of ORDER BY; equal ones as they came. */
  #inOrder(rows: readonly number[]): readonly number[] {
    const others = this.#options.keys.slice(1);
    if (others.length === 0 || rows.length === 1) return rows;
    const columns = this.#options.input.map((_, i) => this.#rows.column(i));
    return rows.toSorted(rowCompare(columns, others));
  }

  /** NFA.advanceTime: partial matches that have taken too long are dropped, which may set complete ones free. */
  #advanceTime(search: Search, time: EpochMs): void {
    const { within } = this.#options;
    if (within === undefined) return;
    const { starts, times } = this.#runs;
    const isOver = (run: number): boolean => run !== START_RUN && time - times[run]! >= within;
    if (!search.partial.items.some(isOver)) return;
    const kept = new MatchHeap();
    for (const run of search.partial.items) {
      if (isOver(run)) this.#runs.release(run);
      else kept.add(run, starts);
    }
    search.partial = kept;
    this.#emitComplete(search, time);
  }

  /** NFA.doProcess: one row through all partial matches. */
  #look(search: Search, row: number, time: EpochMs): void {
    const number = this.#looked++;
    const next = new MatchHeap();
    const complete = new MatchHeap();
    for (const run of search.partial.items) this.#step(run, row, number, time, next, complete);
    search.partial = next;
    for (const run of complete.items) search.complete.add(run, this.#runs.starts);
    this.#emitComplete(search, time);
  }

  /** NFA.computeNextStates: what becomes of a partial match with a row. */
  #step(run: number, row: number, number: number, time: EpochMs, next: MatchHeap, complete: MatchHeap): void {
    this.#memo.fill(-1);
    const isStart = run === START_RUN;
    const open = [this.#runs.states[run]!];
    const takes: { readonly variable: number; readonly target: number }[] = [];
    while (open.length > 0) {
      const state = this.#states[open.pop()!]!;
      for (const { take, target, holds, fails } of state.transitions) {
        if (!this.#allows(holds, fails, run, row, time)) continue;
        if (take) takes.push({ variable: state.variable, target });
        else open.push(target);
      }
    }
    const before = this.#runs.nodes[run]!;
    const start = isStart ? number : this.#runs.starts[run]!;
    const startTime = isStart ? time : this.#runs.times[run]!;
    const put = (state: number, node: number): void => {
      const made = this.#runs.run(state, node, start, startTime);
      (state === FINAL_STATE ? complete : next).add(made, this.#runs.starts);
    };
    for (const { variable, target } of takes) {
      const node = this.#runs.node(variable, row, number, before);
      this.#uses[row]!++;
      put(target, node);
      if (this.#reachesFinal(target, run, row, time)) put(FINAL_STATE, node);
    }
    if (isStart) next.add(START_RUN, this.#runs.starts);
    else this.#runs.release(run);
  }

  /** NFA.findFinalStateAfterProceed: whether the match may end here, because all that follows is optional. */
  #reachesFinal(from: number, run: number, row: number, time: EpochMs): boolean {
    const open = [from];
    while (open.length > 0) {
      for (const { take, target, holds, fails } of this.#states[open.pop()!]!.transitions) {
        if (take || !this.#allows(holds, fails, run, row, time)) continue;
        if (target === FINAL_STATE) return true;
        open.push(target);
      }
    }
    return false;
  }

  #allows(holds: readonly number[], fails: readonly number[], run: number, row: number, time: EpochMs): boolean {
    for (const v of holds) if (!this.#holds(v, run, row, time)) return false;
    for (const v of fails) if (this.#holds(v, run, row, time)) return false;
    return true;
  }

  #holds(variable: number, run: number, row: number, time: EpochMs): boolean {
    if (this.#own[variable]?.[row] === 0) return false;
    const known = this.#memo[variable]!;
    if (known >= 0) return known === 1;
    const holds = this.#conditions.holds(variable, run, row, time);
    this.#memo[variable] = holds ? 1 : 0;
    return holds;
  }

  /** NFA.processMatchesAccordingToSkipStrategy: the oldest matches, as long as no older partial match is left. */
  #emitComplete(search: Search, time: EpochMs): void {
    const { partial, complete } = search;
    for (let first = complete.first; first !== undefined; first = complete.first) {
      const { starts } = this.#runs;
      const older = partial.first;
      if (older !== undefined && starts[first]! > starts[older]!) return;
      complete.poll(starts);
      const isOver = this.#skip(first);
      for (const heap of [partial, complete]) {
        heap.removeIf((run) => {
          if (run === START_RUN || !isOver(starts[run]!)) return false;
          this.#runs.release(run);
          return true;
        }, starts);
      }
      this.#output.add(this.#runs, this.#runs.nodes[first]!, time);
      this.#runs.release(first);
      if (this.#output.length >= BATCH_ROWS) this.#flush();
    }
  }

  /** Which other matches a match ends: those that began at some rows. */
  #skip(run: number): (start: number) => boolean {
    const { to, variable } = this.#options.skip;
    const { starts, nodes, numbers, variables, before } = this.#runs;
    if (to === 'next') return (start) => start <= starts[run]!;
    const last = numbers[nodes[run]!]!;
    if (to === 'past-last') return (start) => start <= last;
    let found = -1;
    for (let node = nodes[run]!; node !== 0; node = before[node]!) {
      if (variables[node] !== variable) continue;
      found = numbers[node]!;
      if (to === 'last') break;
    }
    const { name } = this.#options.variables[variable!]!;
    if (found < 0) {
      throw new MillraceError('RUNTIME_FAILED', `Could not skip to ${name}. No such element in the found match.`, {
        hint: `${name} may have no row: skip to a variable that always has one, or PAST LAST ROW`,
      });
    }
    if (found === starts[run]) {
      throw new MillraceError('RUNTIME_FAILED', 'Could not skip to first element of a match.', {
        hint: 'the same match would be found for ever: skip TO NEXT ROW or PAST LAST ROW',
      });
    }
    return (start) => start < found;
  }

  /** One reason less to keep a row; without one it goes with the next flush, when no measure can read it any more. */
  #release(row: number): void {
    if (--this.#uses[row]! === 0) this.#unused.push(row);
  }

  #flush(): void {
    const batch = this.#output.take();
    for (const row of this.#unused) this.#rows.free(row);
    this.#unused.length = 0;
    if (batch !== undefined) this.emit(batch);
  }

  override snapshot(): OperatorState {
    const { bound } = this.#rows;
    return {
      table: this.#table?.snapshot(),
      rows: this.#rows.snapshot(),
      own: this.#own.map((own) => own?.slice(0, bound)),
      times: this.#times.slice(0, bound),
      arrivals: this.#arrivals.slice(0, bound),
      keyOf: this.#keyOf.slice(0, bound),
      uses: this.#uses.slice(0, bound),
      waiting: [...this.#waits],
      runs: this.#runs.snapshot(),
      searches: [...this.#searches].map(([key, { partial, complete }]) => [
        key,
        [...partial.items],
        [...complete.items],
      ]),
      counts: [this.#arrived, this.#looked, this.#late],
      progress: this.#progress,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const saved = state as Snapshot;
    if (saved.table !== undefined) this.#table!.restore(saved.table);
    this.#rows.restore(saved.rows);
    this.#runs.restore(saved.runs);
    const capacity = nextCapacity(64, saved.times.length);
    this.#times = grown(saved.times, capacity);
    this.#arrivals = grown(saved.arrivals, capacity);
    this.#keyOf = grown(saved.keyOf, capacity);
    this.#uses = grown(saved.uses, capacity);
    saved.own.forEach((own, v) => (this.#own[v] = own && grown(own, capacity)));
    for (const row of saved.waiting) this.#wait(row);
    for (const [key, partial, complete] of saved.searches) {
      const search: Search = { partial: new MatchHeap(), complete: new MatchHeap() };
      search.partial.items.push(...partial);
      search.complete.items.push(...complete);
      this.#searches.set(key, search);
    }
    [this.#arrived, this.#looked, this.#late] = saved.counts;
    this.#progress = saved.progress;
  }

  override stats(): OperatorStats {
    const bytes = this.#rows.byteLength + this.#runs.byteLength + (this.#table?.byteLength ?? 0);
    return { stateRows: this.#rows.live, stateBytes: bytes, lateRows: this.#late };
  }
}
