/**
 * Watermarks of a source whose splits run side by side. Each lane has a watermark of its own, as each parallel reader of Flink has (each
 * partition with Kafka); whoever reads sees the minimum over the lanes that are not idle.
 */
import type { Batch } from '../data/batch.ts';
import type { Operator, OperatorState, OperatorStats, Output } from '../ops/operator.ts';
import type { EpochMs } from '../types/value.ts';

/** The minimum over lanes; tells when it rises. */
export class LaneMinimum {
  readonly #lanes: EpochMs[];
  readonly #idle: boolean[];
  readonly #rise: (watermark: EpochMs) => void;
  #current = -Infinity;

  constructor(lanes: number, rise: (watermark: EpochMs) => void) {
    this.#lanes = Array.from({ length: lanes }, () => -Infinity);
    this.#idle = Array.from({ length: lanes }, () => false);
    this.#rise = rise;
  }
  /** A lane that was idle and sends is active again; it never moves the minimum back. */
  advance(lane: number, watermark: EpochMs): void {
    this.#idle[lane] = false;
    if (watermark <= this.#lanes[lane]!) return;
    this.#lanes[lane] = watermark;
    this.#update();
  }
  idle(lane: number): void {
    if (this.#idle[lane]) return;
    this.#idle[lane] = true;
    this.#update();
  }
  activate(lane: number): void {
    this.#idle[lane] = false;
  }
  #update(): void {
    const active = this.#lanes.filter((_, lane) => !this.#idle[lane]);
    if (active.length === 0) return;
    const minimum = Math.min(...active);
    if (minimum <= this.#current) return;
    this.#current = minimum;
    this.#rise(minimum);
  }
  snapshot(): { lanes: EpochMs[]; current: EpochMs } {
    return { lanes: [...this.#lanes], current: this.#current };
  }
  restore({ lanes, current }: { lanes: EpochMs[]; current: EpochMs }): void {
    lanes.forEach((watermark, lane) => (this.#lanes[lane] = watermark));
    this.#current = current;
  }
}

/** One watermark assigner a lane behind one operator; `lane` is set by the source's driver before it pushes. */
export class LanedWatermark implements Operator {
  readonly name: string;
  readonly ports = 1;
  lane = 0;
  readonly #assigners: readonly Operator[];
  readonly #minimum: LaneMinimum;
  #output: Output | undefined;

  constructor(lanes: number, makeAssigner: () => Operator) {
    this.#assigners = Array.from({ length: lanes }, makeAssigner);
    this.name = this.#assigners[0]!.name;
    this.#minimum = new LaneMinimum(lanes, (watermark) => this.#output!.advance(watermark));
  }
  connect(output: Output): void {
    this.#output = output;
    this.#assigners.forEach((assigner, lane) =>
      assigner.connect({
        push: (batch) => output.push(batch),
        advance: (watermark) => this.#minimum.advance(lane, watermark),
      }),
    );
  }
  push(batch: Batch, port: number): void {
    this.#minimum.activate(this.lane);
    this.#assigners[this.lane]!.push(batch, port);
  }
  /** The end of the whole source; lanes end by `finishLane`. */
  advance(watermark: EpochMs, port: number): void {
    if (watermark !== Infinity) this.#assigners[this.lane]!.advance(watermark, port);
    else this.#assigners.forEach((_, lane) => this.finishLane(lane));
  }
  finishLane(lane: number): void {
    this.#minimum.advance(lane, Infinity);
  }
  idleLane(lane: number): void {
    this.#minimum.idle(lane);
  }
  finish(port: number): void {
    this.#assigners.forEach((assigner) => assigner.finish(port));
  }
  tick(now: EpochMs): void {
    this.#assigners.forEach((assigner) => assigner.tick(now));
  }
  snapshot(): OperatorState {
    return { minimum: this.#minimum.snapshot(), assigners: this.#assigners.map((assigner) => assigner.snapshot()) };
  }
  restore(state: OperatorState): void {
    const { minimum, assigners } = state as { minimum: never; assigners: OperatorState[] };
    this.#minimum.restore(minimum);
    assigners.forEach((part, lane) => this.#assigners[lane]!.restore(part));
  }
  stats(): OperatorStats {
    return this.#assigners[0]!.stats();
  }
}
