/**
 * Watermarks of a source whose splits run side by side. Each lane has a watermark of its own, as each parallel reader of Flink has (each
 * partition with Kafka); whoever reads sees the minimum over the lanes that are not idle.
 */
import type { Batch } from '../data/batch.ts';
import { type Marks, pushMarked } from '../ops/marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from '../ops/operator.ts';
import type { EpochMs } from '../types/value.ts';

export interface LaneState {
  readonly lanes: readonly EpochMs[];
  readonly current: EpochMs;
}

/** The minimum over lanes. What changes a lane gives the minimum when it rises by that, else undefined. */
export class LaneMinimum {
  readonly #lanes: EpochMs[];
  readonly #idle: boolean[];
  #current = -Infinity;

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => -Infinity);
    this.#idle = Array.from({ length: lanes }, () => false);
  }
  /** A lane that was idle and sends is active again; it never moves the minimum back. */
  advance(lane: number, watermark: EpochMs): EpochMs | undefined {
    this.#idle[lane] = false;
    if (watermark <= this.#lanes[lane]!) return undefined;
    this.#lanes[lane] = watermark;
    return this.#update();
  }
  idle(lane: number): EpochMs | undefined {
    if (this.#idle[lane]) return undefined;
    this.#idle[lane] = true;
    return this.#update();
  }
  get isIdle(): boolean {
    return this.#idle.every((idle) => idle);
  }
  activate(lane: number): void {
    this.#idle[lane] = false;
  }
  /** Marks of one lane's rows become those of the minimum. */
  marks(lane: number, { rows, values }: Marks): Marks {
    const risenRows: number[] = [];
    const risen: EpochMs[] = [];
    for (let i = 0; i < rows.length; i++) {
      const minimum = this.advance(lane, values[i]!);
      if (minimum === undefined) continue;
      risenRows.push(rows[i]!);
      risen.push(minimum);
    }
    return { rows: risenRows, values: risen };
  }
  #update(): EpochMs | undefined {
    let minimum = Infinity;
    let isActive = false;
    for (let lane = 0; lane < this.#lanes.length; lane++) {
      if (this.#idle[lane]) continue;
      isActive = true;
      minimum = Math.min(minimum, this.#lanes[lane]!);
    }
    if (!isActive || minimum <= this.#current) return undefined;
    this.#current = minimum;
    return minimum;
  }
  snapshot(): LaneState {
    return { lanes: [...this.#lanes], current: this.#current };
  }
  /** With another number of lanes than before each stands where the slowest stood. */
  restore({ lanes, current }: LaneState): void {
    const same = lanes.length === this.#lanes.length;
    this.#lanes.forEach((_, lane) => (this.#lanes[lane] = same ? lanes[lane]! : current));
    this.#current = current;
  }
}

interface LanedState {
  readonly minimum: LaneState;
  readonly assigners: readonly OperatorState[];
}

/** The state of a LanedWatermark whose lanes have come so far: what decoders leave, whose watermarks are put together at delivery. */
export const lanedStateAt = (minimum: LaneState): LanedState => ({ minimum, assigners: minimum.lanes.map(assignerAt) });

/** The state of a Calc and the WatermarkAssigner behind it. */
function assignerAt(watermark: EpochMs): OperatorState {
  const at = Number.isFinite(watermark) ? watermark : 0;
  return [{ watermark: undefined }, { current: at, last: at, next: -Infinity }];
}

/** The watermarks of the lanes in such a state. */
export const laneStateOf = (state: OperatorState): LaneState => (state as LanedState).minimum;

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
    this.#minimum = new LaneMinimum(lanes);
  }
  connect(output: Output): void {
    this.#output = output;
    this.#assigners.forEach((assigner, lane) =>
      assigner.connect({
        push: (batch) => output.push(batch),
        advance: (watermark) => this.#forward(this.#minimum.advance(lane, watermark)),
        pushMarked: (batch, marks) => pushMarked(output, batch, this.#minimum.marks(lane, marks)),
      }),
    );
  }
  #forward(watermark: EpochMs | undefined): void {
    if (watermark !== undefined) this.#output!.advance(watermark);
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
    this.#forward(this.#minimum.advance(lane, Infinity));
  }
  /** All lanes are silent: whoever reads need not wait for this source. */
  get isIdle(): boolean {
    return this.#minimum.isIdle;
  }
  idleLane(lane: number): void {
    this.#forward(this.#minimum.idle(lane));
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
    const { minimum, assigners } = state as LanedState;
    this.#minimum.restore(minimum);
    const same = assigners.length === this.#assigners.length;
    this.#assigners.forEach((assigner, lane) => assigner.restore(same ? assigners[lane] : assignerAt(minimum.current)));
  }
  stats(): OperatorStats {
    return this.#assigners[0]!.stats();
  }
}
