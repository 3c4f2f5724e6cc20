import { grown, nextCapacity } from '../state/typed.ts';

/** The start of every search: it has no rows yet, and is older than nothing. */
export const START_RUN = 0;
const NO_NODE = 0;

export interface MatchRunsState {
  readonly runs: {
    readonly states: Int32Array;
    readonly nodes: Int32Array;
    readonly starts: Float64Array;
    readonly times: Float64Array;
  };
  readonly freeRuns: readonly number[];
  readonly nodes: {
    readonly variables: Int32Array;
    readonly rows: Int32Array;
    readonly numbers: Float64Array;
    readonly before: Int32Array;
    readonly uses: Int32Array;
  };
  readonly freeNodes: readonly number[];
  readonly bounds: readonly [runs: number, nodes: number];
}

/**
 * Partial matches ("runs") and the rows they have taken, in typed arrays. The rows of a run are a chain of nodes from the last to the first;
 * runs that branch share the chain before. A node lives while a run or another node points at it; `releaseRow` is told when it goes.
 */
export class MatchRuns {
  states: Int32Array = new Int32Array(64);
  /** The last node of each run, 0 = none. */
  nodes: Int32Array = new Int32Array(64);
  /** The number of the first row (see `numbers`); Infinity for the start run. */
  starts: Float64Array = new Float64Array(64);
  /** The time of the first row. */
  times: Float64Array = new Float64Array(64);
  variables: Int32Array = new Int32Array(64);
  rows: Int32Array = new Int32Array(64);
  /** Rows in the order in which they were looked at. */
  numbers: Float64Array = new Float64Array(64);
  before: Int32Array = new Int32Array(64);
  #uses: Int32Array = new Int32Array(64);
  #runBound = 1;
  #nodeBound = 1;
  #freeRuns: number[] = [];
  #freeNodes: number[] = [];
  readonly #releaseRow: (row: number) => void;

  constructor(startState: number, releaseRow: (row: number) => void) {
    this.#releaseRow = releaseRow;
    this.states[START_RUN] = startState;
    this.starts[START_RUN] = Infinity;
  }

  get live(): number {
    return this.#runBound - 1 - this.#freeRuns.length;
  }
  get byteLength(): number {
    return this.states.length * 24 + this.variables.length * 24;
  }

  /** A node behind `before`; it lives once a run is made of it. */
  node(variable: number, row: number, number: number, before: number): number {
    const node = this.#freeNodes.pop() ?? this.#nodeBound++;
    if (node >= this.variables.length) {
      const capacity = nextCapacity(this.variables.length, node + 1);
      this.variables = grown(this.variables, capacity);
      this.rows = grown(this.rows, capacity);
      this.numbers = grown(this.numbers, capacity);
      this.before = grown(this.before, capacity);
      this.#uses = grown(this.#uses, capacity);
    }
    this.variables[node] = variable;
    this.rows[node] = row;
    this.numbers[node] = number;
    this.before[node] = before;
    this.#uses[node] = 0;
    if (before !== NO_NODE) this.#uses[before]!++;
    return node;
  }

  run(state: number, node: number, start: number, time: number): number {
    const run = this.#freeRuns.pop() ?? this.#runBound++;
    if (run >= this.states.length) {
      const capacity = nextCapacity(this.states.length, run + 1);
      this.states = grown(this.states, capacity);
      this.nodes = grown(this.nodes, capacity);
      this.starts = grown(this.starts, capacity);
      this.times = grown(this.times, capacity);
    }
    this.states[run] = state;
    this.nodes[run] = node;
    this.starts[run] = start;
    this.times[run] = time;
    this.#uses[node]!++;
    return run;
  }

  release(run: number): void {
    if (run === START_RUN) return;
    this.#freeRuns.push(run);
    let node = this.nodes[run]!;
    while (node !== NO_NODE && --this.#uses[node]! === 0) {
      this.#releaseRow(this.rows[node]!);
      this.#freeNodes.push(node);
      node = this.before[node]!;
    }
  }

  snapshot(): MatchRunsState {
    const [runs, nodes] = [this.#runBound, this.#nodeBound];
    return {
      runs: {
        states: this.states.slice(0, runs),
        nodes: this.nodes.slice(0, runs),
        starts: this.starts.slice(0, runs),
        times: this.times.slice(0, runs),
      },
      freeRuns: [...this.#freeRuns],
      nodes: {
        variables: this.variables.slice(0, nodes),
        rows: this.rows.slice(0, nodes),
        numbers: this.numbers.slice(0, nodes),
        before: this.before.slice(0, nodes),
        uses: this.#uses.slice(0, nodes),
      },
      freeNodes: [...this.#freeNodes],
      bounds: [runs, nodes],
    };
  }

  restore({ runs, freeRuns, nodes, freeNodes, bounds }: MatchRunsState): void {
    const capacity = nextCapacity(64, bounds[0]);
    this.states = grown(runs.states, capacity);
    this.nodes = grown(runs.nodes, capacity);
    this.starts = grown(runs.starts, capacity);
    this.times = grown(runs.times, capacity);
    const room = nextCapacity(64, bounds[1]);
    this.variables = grown(nodes.variables, room);
    this.rows = grown(nodes.rows, room);
    this.numbers = grown(nodes.numbers, room);
    this.before = grown(nodes.before, room);
    this.#uses = grown(nodes.uses, room);
    [this.#runBound, this.#nodeBound] = bounds;
    this.#freeRuns = [...freeRuns];
    this.#freeNodes = [...freeNodes];
  }
}
