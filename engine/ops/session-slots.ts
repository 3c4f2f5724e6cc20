import type { AggregateState } from '../state/aggregates/aggregate-state.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Ms } from '../types/value.ts';
import { TimerHeap } from './timer-heap.ts';

export interface SessionSlotsState {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly keyOf: Int32Array;
  readonly next: Int32Array;
  readonly order: Float64Array;
  readonly heads: Int32Array;
  readonly free: readonly number[];
  readonly retired: readonly number[];
  readonly sequence: number;
}

/** By row of a batch: its key, its time and, once found, the slot of its session. */
export interface SessionRows {
  readonly keyOf: Int32Array;
  readonly times: Float64Array;
  readonly sessionOf: Int32Array;
}

/** What `assign` asks of the operator. */
export interface SessionHooks {
  /** Whether a session of this row alone would have fired already. */
  isLate(time: number): boolean;
  /** A row of the key is late and belongs to no session. */
  late(key: number, row: number): void;
  /** Rows from .. to have their sessions: they go in before sessions are merged. */
  settle(from: number, to: number): void;
  /** What is known of session `source` goes to `target`; the slot of `source` is then given up. */
  merge(target: number, source: number): void;
}

const NONE = new Int32Array(0);

/**
 * The open sessions of all keys: slot s is a session [starts[s], ends[s]) of key keyOf[s]; a key's sessions are a list, the one that was made
 * last first. Sessions of a key never overlap or touch.
 */
export class SessionSlots {
  readonly #gap: Ms;
  starts: Float64Array = new Float64Array(64);
  /** NaN = the slot holds no session. */
  ends: Float64Array = new Float64Array(64).fill(NaN);
  keyOf: Int32Array = new Int32Array(64);
  /** The slot + 1 of the key's next session, 0 = none. */
  #next: Int32Array = new Int32Array(64);
  /** When it was made, for the order of output. */
  #order: Float64Array = new Float64Array(64);
  /** By key: the slot + 1 of its first session, 0 = none. */
  #heads: Int32Array = new Int32Array(64);
  #free: number[] = [];
  /** Slots that have fired but whose entries of distinct values are still in tables. */
  #retired: number[] = [];
  #sequence = 0;
  readonly #timers = new TimerHeap();
  /** Slots are below this. */
  bound = 0;
  live = 0;

  constructor(gap: Ms) {
    this.#gap = gap;
  }

  get capacity(): number {
    return this.starts.length;
  }

  ensureKeys(capacity: number): void {
    if (this.#heads.length < capacity) this.#heads = grown(this.#heads, capacity);
  }

  /**
   * Finds or makes the session of each row from .. to, merging those that a row connects: sessionOf[r] = the slot. Rows done .. from are not settled yet.
   * Late rows are never settled. Gives the row from which on the caller is to settle.
   */
  assign(
    { keyOf, times, sessionOf }: SessionRows,
    from: number,
    to: number,
    done: number,
    hooks: SessionHooks,
  ): number {
    for (let r = from; r < to; r++) {
      r = this.#extend(keyOf, times, r, to, sessionOf);
      if (r === to) break;
      const key = keyOf[r]!;
      const time = times[r]!;
      const [first, ...others] = this.#touching(key, time);
      if (first !== undefined) {
        if (others.length > 0) {
          hooks.settle(done, r);
          done = r;
        }
        for (const other of others) {
          hooks.merge(first, other);
          this.#absorb(first, other);
        }
        sessionOf[r] = this.#stretch(first, time);
      } else if (hooks.isLate(time)) {
        hooks.settle(done, r);
        hooks.late(key, r);
        done = r + 1;
      } else sessionOf[r] = this.#open(key, time);
    }
    return done;
  }

  /**
   * From row `from` on, puts rows into the sessions that they fall into while every row's key has exactly one session and the row touches it;
   * returns the first row where that is not so.
   */
  #extend(keyOf: Int32Array, times: Float64Array, from: number, to: number, sessionOf: Int32Array): number {
    const gap = this.#gap;
    const heads = this.#heads;
    const next = this.#next;
    const { starts, ends } = this;
    for (let r = from; r < to; r++) {
      const slot = heads[keyOf[r]!]! - 1;
      if (slot < 0 || next[slot] !== 0) return r;
      const time = times[r]!;
      if (time > ends[slot]! || time + gap < starts[slot]!) return r;
      if (time + gap > ends[slot]!) ends[slot] = time + gap;
      if (time < starts[slot]!) starts[slot] = time;
      sessionOf[r] = slot;
    }
    return to;
  }

  isEmpty(key: number): boolean {
    return this.#heads[key] === 0;
  }

  /** The sessions of the key that overlap or touch [time, time + gap). */
  #touching(key: number, time: number): number[] {
    const found: number[] = [];
    for (let slot = this.#heads[key]! - 1; slot >= 0; slot = this.#next[slot]! - 1) {
      if (this.starts[slot]! <= time + this.#gap && this.ends[slot]! >= time) found.push(slot);
    }
    return found.sort((a, b) => this.starts[a]! - this.starts[b]!);
  }

  /** A new session for a row of the key; returns its slot. */
  #open(key: number, time: number): number {
    const slot = this.#free.pop() ?? this.bound++;
    if (slot >= this.capacity) this.#grow();
    this.starts[slot] = time;
    this.ends[slot] = time + this.#gap;
    this.keyOf[slot] = key;
    this.#order[slot] = this.#sequence++;
    this.#next[slot] = this.#heads[key]!;
    this.#heads[key] = slot + 1;
    this.#timers.add(slot, this.ends[slot]!);
    this.live++;
    return slot;
  }

  #grow(): void {
    const capacity = nextCapacity(this.capacity, this.bound);
    const old = this.capacity;
    this.starts = grown(this.starts, capacity);
    this.ends = grown(this.ends, capacity).fill(NaN, old);
    this.keyOf = grown(this.keyOf, capacity);
    this.#next = grown(this.#next, capacity);
    this.#order = grown(this.#order, capacity);
  }

  /** Makes the session cover [time, time + gap) too; returns it. */
  #stretch(slot: number, time: number): number {
    this.starts[slot] = Math.min(this.starts[slot]!, time);
    this.ends[slot] = Math.max(this.ends[slot]!, time + this.#gap);
    return slot;
  }

  /** Makes `slot` cover `other`, a session of the same key, and gives the other slot up. */
  #absorb(slot: number, other: number): void {
    this.starts[slot] = Math.min(this.starts[slot]!, this.starts[other]!);
    this.ends[slot] = Math.max(this.ends[slot]!, this.ends[other]!);
    this.#order[slot] = Math.min(this.#order[slot]!, this.#order[other]!);
    this.#unlink(other);
    this.#free.push(other);
  }

  #unlink(slot: number): void {
    const key = this.keyOf[slot]!;
    if (this.#heads[key] === slot + 1) this.#heads[key] = this.#next[slot]!;
    else {
      let before = this.#heads[key]! - 1;
      while (this.#next[before] !== slot + 1) before = this.#next[before]! - 1;
      this.#next[before] = this.#next[slot]!;
    }
    this.#next[slot] = 0;
    this.ends[slot] = NaN;
    this.live--;
  }

  /** The sessions whose end is due, by end and then by age. */
  due(time: number, isDue: (end: number) => boolean): Int32Array {
    if (!this.#timers.isReached(time)) return NONE;
    const { ends } = this;
    const order = this.#order;
    const taken = this.#timers.take(time, (slot) => ends[slot]!, isDue);
    if (taken.length === 0) return NONE;
    const sorted = Int32Array.from(taken).sort((a, b) => ends[a]! - ends[b]! || order[a]! - order[b]!);
    return sorted.filter((slot, i) => slot !== sorted[i - 1]);
  }

  /** Ends sessions: later rows of their keys make new ones. What slots hold stays until they are released. */
  close(slots: Int32Array): void {
    for (const slot of slots) this.#unlink(slot);
  }

  /** Gives closed slots up. `state` holds their accumulators, if any, reset already. `lastOfKey` is called for keys that have no session left. */
  release(slots: Int32Array, lastOfKey: (key: number) => void, state: AggregateState | undefined): void {
    for (const slot of slots) {
      const key = this.keyOf[slot]!;
      if (this.#heads[key] === 0) lastOfKey(key);
      (state?.hasEntries === true ? this.#retired : this.#free).push(slot);
    }
    // Looking through all entries costs as much as they are many: only when as many slots wait for it as are open.
    if (state === undefined || (this.#retired.length <= Math.max(64, this.live) && this.live > 0)) return;
    const dead = new Uint8Array(this.capacity);
    for (const slot of this.#retired) dead[slot] = 1;
    state.dropEntries(dead);
    this.#free.push(...this.#retired);
    this.#retired = [];
  }

  get byteLength(): number {
    return this.capacity * 32 + this.#heads.byteLength;
  }

  snapshot(): SessionSlotsState {
    return {
      starts: this.starts.slice(0, this.bound),
      ends: this.ends.slice(0, this.bound),
      keyOf: this.keyOf.slice(0, this.bound),
      next: this.#next.slice(0, this.bound),
      order: this.#order.slice(0, this.bound),
      heads: this.#heads.slice(),
      free: [...this.#free],
      retired: [...this.#retired],
      sequence: this.#sequence,
    };
  }

  restore(state: SessionSlotsState): void {
    this.bound = state.starts.length;
    const capacity = nextCapacity(64, this.bound);
    this.starts = grown(state.starts, capacity);
    this.ends = grown(state.ends, capacity).fill(NaN, this.bound);
    this.keyOf = grown(state.keyOf, capacity);
    this.#next = grown(state.next, capacity);
    this.#order = grown(state.order, capacity);
    this.#heads = state.heads.slice();
    this.#free = [...state.free];
    this.#retired = [...state.retired];
    this.#sequence = state.sequence;
    this.live = 0;
    this.#timers.clear();
    for (let slot = 0; slot < this.bound; slot++) {
      const end = this.ends[slot]!;
      if (end !== end) continue;
      this.live++;
      this.#timers.add(slot, end);
    }
  }
}
