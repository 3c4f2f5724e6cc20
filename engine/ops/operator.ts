import type { Batch } from '../data/batch.ts';
import type { EpochMs } from '../types/value.ts';
import type { LateRows } from './late-rows.ts';
import type { Marks } from './marks.ts';

/** Where an operator sends what it makes. Both calls are synchronous; the receiver keeps the batch only while it needs it. */
export interface Output {
  push(batch: Batch): void;
  advance(watermark: EpochMs): void;
  /** A batch with watermarks between its rows: means what `pushPieces` does, which callers use where this is absent (see marks.ts). */
  pushMarked?: ((batch: Batch, marks: Marks) => void) | undefined;
}

/**
 * The unit of state and of meaning. Stateless neighbours are fused into one generated loop before they run.
 *
 * What callers promise:
 * - `connect` is called once, before anything else.
 * - `push` never gets a batch of another schema; the batch is not changed afterwards and must not be changed by the operator.
 * - a retraction (-U, -D) takes back a row that was added before, equal in every column; state must survive one that was not (ignored, as in Flink).
 * - `advance` on a port never goes back; -Infinity is never sent; Infinity means "the end of the input" and comes once per port, before `finish`.
 * - after `finish(port)` nothing comes on that port.
 *
 * What an operator promises:
 * - it forwards watermarks: after `advance` on its ports it has sent the minimum over its ports, once everything that the minimum releases was pushed.
 *   (A port that is idle is left out of the minimum by the runtime calling `idle`.)
 * - everything is emitted in an order that is a function of its input alone.
 * - `snapshot` gives its whole state as plain data and columns, `restore` on a fresh operator takes it; what follows is as if it had never stopped.
 */
export interface Operator {
  /** 'GroupAggregate[user_id]': shown by EXPLAIN and %job. */
  readonly name: string;
  /** Number of inputs. */
  readonly ports: number;
  connect(output: Output): void;
  push(batch: Batch, port: number): void;
  advance(watermark: EpochMs, port: number): void;
  /** For operators that handle watermarks between rows faster than by being called for each piece; the outcome is the same. */
  pushMarked?(batch: Batch, marks: Marks, port: number): void;
  /** Operators with several ports: the port sends nothing for a while and no longer holds the watermark back; its next `advance` ends that. */
  idle?(port: number): void;
  /** No more input on that port. The last port's finish follows its Infinity watermark. */
  finish(port: number): void;
  /** Called by the runtime when processing time has passed `now`; operators without processing-time work ignore it. */
  tick(now: EpochMs): void;
  /**
   * For operators that ask the outside: undefined when nothing waits; else resolves when all that waited has been sent. The runtime awaits it before it
   * pushes anything else, takes a snapshot, or finishes what reads this operator.
   */
  settle?(): Promise<void> | undefined;
  /** Called before the operators of a job are snapshotted, inputs first: sends out what must not wait in a state (a mini-batch, as in Flink). */
  prepareSnapshot?(): void;
  snapshot(): OperatorState;
  restore(state: OperatorState): void;
  /** For the strip and EXPLAIN: cheap, called a few times a second. */
  stats(): OperatorStats;
  /** The last of the rows that `lateRows` counts, for operators that drop rows which come too late. */
  readonly late?: LateRows | undefined;
  /** true: nothing that comes can change what it gives (a LIMIT that is full), so that its sources may stop. */
  readonly isDone?: boolean | undefined;
}

/** Plain data and typed arrays: what structuredClone takes. */
export type OperatorState = unknown;

export interface OperatorStats {
  /** Rows or groups that are remembered. */
  readonly stateRows: number;
  /** Approximate bytes of state. */
  readonly stateBytes: number;
  /** Rows dropped because they came after their time (Flink's numLateRecordsDropped). */
  readonly lateRows: number;
}
