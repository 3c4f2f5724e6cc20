/** The inputs of a job: VALUES, sources read in its own thread, sources that decoders read. */
import { batchOf } from '../data/batch-rows.ts';
import type { PhysicalPlan, SourceNode, ValuesNode } from '../plan/physical.ts';
import type { Builder } from './build.ts';
import type { Feed, Graph } from './graph.ts';
import type { ParallelSource } from './parallel-source.ts';
import type { SourceDriver } from './source-driver.ts';

/** A source in the graph: its driver in this thread, or decoders in others. */
export interface Input {
  readonly leaf: SourceNode | ValuesNode;
  readonly lanes: number;
  readonly bounded: boolean;
  /** Pushes the next piece into the graph; ends after the last. */
  readonly steps: AsyncIterator<void>;
  /** How far it was delivered. */
  snapshot(): unknown;
  /** Tells its readers that nothing more comes. */
  finish(): void;
  finished: boolean;
  close(): Promise<void>;
}

/** What inputs need of their job. */
export interface InputHost {
  readonly graph: Graph;
  readonly signal: AbortSignal;
  /** Counts what came. */
  take(rows: number, bytes: number): void;
  skipped(rows: number): void;
  /** Before anything is pushed: waits while the job is being stopped; false when it has been. */
  mayGo(): Promise<boolean> | boolean;
}

export function valuesInput(
  leaf: ValuesNode,
  feed: Feed,
  state: { readonly pushed: boolean } | undefined,
  host: InputHost,
): Input {
  let pushed = state?.pushed ?? false;
  const input: Input = {
    leaf,
    lanes: 1,
    bounded: true,
    steps: steps(),
    snapshot: () => ({ pushed }),
    finish: () => finish(input, [feed]),
    finished: false,
    close: async () => {},
  };
  async function* steps(): AsyncGenerator<void> {
    if (input.finished) return;
    if (!pushed) {
      if (!(await host.mayGo())) return;
      feed.push(batchOf(leaf.schema, leaf.rows));
      pushed = true;
      yield;
    }
    if (await host.mayGo()) input.finish();
  }
  return input;
}

export function splitInput(
  leaf: SourceNode,
  driver: SourceDriver,
  feed: Feed,
  watermarks: ReturnType<Builder['watermarksOver']>,
  { graph, signal, take, mayGo }: InputHost,
): Input {
  const input: Input = {
    leaf,
    lanes: driver.lanes,
    bounded: driver.bounded,
    steps: steps(),
    snapshot: () => driver.snapshot(),
    finish: () => finish(input, [feed]),
    finished: false,
    close: () => driver.close(),
  };
  async function* steps(): AsyncGenerator<void> {
    if (input.finished) return;
    for await (const event of driver.events(signal)) {
      if (!(await mayGo())) return;
      const { lane, batch, bytes, laneDone, idle } = event;
      driver.delivered(event);
      for (const watermark of watermarks) watermark.lane = lane;
      if (batch !== undefined && batch.length > 0) {
        take(batch.length, bytes);
        feed.push(batch);
      }
      for (const watermark of watermarks) {
        if (laneDone) watermark.finishLane(lane);
        if (idle) watermark.idleLane(lane);
        if (idle && watermark.isIdle) graph.idle(watermark);
        else if (batch !== undefined) graph.active(watermark);
      }
      yield;
      if (!graph.isNeeded(feed.plan)) break;
    }
    if (!signal.aborted && (await mayGo())) input.finish();
  }
  return input;
}

export function parallelInput(source: ParallelSource, feeds: ReadonlyMap<PhysicalPlan, Feed>, host: InputHost): Input {
  const { graph, signal } = host;
  const isNeeded = (): boolean => source.outputs.length === 0 || source.outputs.some((plan) => graph.isNeeded(plan));
  const input: Input = {
    leaf: source.leaf,
    lanes: source.lanes,
    bounded: true,
    steps: steps(),
    snapshot: () => source.snapshot(),
    finish: () =>
      finish(
        input,
        source.outputs.map((plan) => feeds.get(plan)!),
      ),
    finished: false,
    close: () => source.close(),
  };
  async function* steps(): AsyncGenerator<void> {
    if (input.finished) return;
    yield* source.steps(feeds, { ...host, isNeeded });
    if (!signal.aborted && (await host.mayGo())) input.finish();
  }
  return input;
}

/** The end of an input: the last watermark, then the end itself. */
function finish(input: Input, feeds: readonly Feed[]): void {
  input.finished = true;
  for (const feed of feeds) {
    feed.advance(Infinity);
    feed.finish();
  }
}
