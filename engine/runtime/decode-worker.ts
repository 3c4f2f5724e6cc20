/** A decoder thread: reads chunks of files, decodes them, runs the stateless operators above the source, sends back what is left. */
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { assert } from '../assert.ts';
import { FileChunkReader } from '../connectors/file-chunk-reader.ts';
import type { Batch } from '../data/batch.ts';
import { concatBatches } from '../data/batch-rows.ts';
import type { Marks } from '../ops/marks.ts';
import type { Operator, OperatorStats, Output } from '../ops/operator.ts';
import type { Builder } from './build.ts';
import { calcOperator, isPlainSink, watermarkOperator } from './build-stateless.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type {
  DecodedPart,
  DecodeResult,
  DecoderSetup,
  FromDecoder,
  PlannedChunk,
  ToDecoder,
} from './decode-protocol.ts';
import { Endpoint } from './endpoint.ts';
import { type Feed, Graph } from './graph.ts';
import { toErrorMessage } from './job-spec.ts';
import { decodePlain } from './plain.ts';
import { BatchSender } from './wire.ts';

assert(parentPort !== null, 'decode-worker.js runs as a worker thread');
const NICENESS = 10;
// Decoders run ahead; whoever waits for rows, and cells, go first. On Linux this is the niceness of this thread alone, elsewhere of the process.
if (process.platform === 'linux' && getPriority(0) < NICENESS) {
  try {
    setPriority(0, NICENESS);
  } catch {
    // Where it is not allowed, all are equal.
  }
}
const port = parentPort;
let decoder: Decoder | undefined;

let ready: Promise<void> = Promise.resolve();

port.on('message', (message: ToDecoder) => {
  if (message.kind === 'setup') {
    const setup: DecoderSetup = decodePlain(message.setup);
    if (isSimple(setup)) decoder = new Decoder(setup, undefined);
    else ready = import('./build.ts').then((build) => void (decoder = new Decoder(setup, build.Builder)));
  } else if (decoder !== undefined) decode(message.chunk);
  else ready = ready.then(() => decode(message.chunk));
});

function decode(chunk: PlannedChunk): void {
  try {
    const transfer: ArrayBuffer[] = [];
    const result = decoder!.decode(chunk, transfer);
    port.postMessage({ kind: 'decoded', result } satisfies FromDecoder, transfer);
  } catch (error) {
    port.postMessage({ kind: 'failed', error: toErrorMessage(error) } satisfies FromDecoder);
  }
}

/** Whether build-stateless.ts has all operators of the decoder. */
function isSimple({ outputs, sinks, spec }: DecoderSetup): boolean {
  const simple = (plan: PhysicalPlan): boolean => {
    const known =
      plan.kind === 'source' ||
      plan.kind === 'calc' ||
      plan.kind === 'watermark' ||
      (plan.kind === 'sink' && isPlainSink(plan, spec.config));
    return known && inputsOf(plan).every(simple);
  };
  return [...outputs, ...sinks].every(simple);
}

const ONE_LANE: ReadonlyMap<PhysicalPlan, number> = new Map();

/** What one lane needs: its watermark assigners remember how far it has come, its reader keeps the current file open. */
interface Lane {
  readonly reader: FileChunkReader;
  readonly feed: Feed;
  readonly recorders: readonly Recorder[];
  readonly sinks: readonly Endpoint[];
}

class Decoder {
  readonly #setup: DecoderSetup;
  readonly #FullBuilder: typeof Builder | undefined;
  readonly #sender = new BatchSender();
  readonly #lanes = new Map<number, Lane>();

  /** `FullBuilder`: for operators that build-stateless.ts does not have. */
  constructor(setup: DecoderSetup, FullBuilder: typeof Builder | undefined) {
    this.#setup = setup;
    this.#FullBuilder = FullBuilder;
  }

  decode({ chunk, lane }: PlannedChunk, transfer: ArrayBuffer[]): DecodeResult {
    const { reader, feed, recorders, sinks } = this.#lane(lane);
    const before = sinks.reduce((rows, sink) => rows + sink.rows, 0);
    const { batch, start, end, skipped } = reader.read(chunk);
    if (batch.length > 0) feed.push(batch);
    return {
      rows: batch.length,
      bytes: end - start,
      end,
      skipped,
      sinkRows: sinks.reduce((rows, sink) => rows + sink.rows, 0) - before,
      parts: recorders.map((recorder) => recorder.take(this.#sender, transfer)),
    };
  }

  #lane(lane: number): Lane {
    let made = this.#lanes.get(lane);
    if (made === undefined) this.#lanes.set(lane, (made = this.#makeLane()));
    return made;
  }

  #makeLane(): Lane {
    const { leaf, outputs, sinks: sinkPlans, spec, chunkSpec, facts } = this.#setup;
    const sinks: Endpoint[] = [];
    const swallow = (): Endpoint => {
      const endpoint = new Endpoint('Sink[blackhole]', () => {});
      sinks.push(endpoint);
      return endpoint;
    };
    const builder = this.#FullBuilder && new this.#FullBuilder(spec.config, spec.roots, swallow);
    const operatorOf = (plan: PhysicalPlan): Operator => {
      if (builder !== undefined) return builder.operator(plan, ONE_LANE);
      if (plan.kind === 'calc') return calcOperator(plan, spec.config);
      if (plan.kind === 'watermark') return watermarkOperator(plan, spec.config, spec.roots, facts, 1);
      return swallow();
    };
    const recorders: Recorder[] = [];
    const ends = outputs.map((input) => {
      const { schema, mode } = input;
      return { kind: 'collect' as const, id: -1, schema, mode, input };
    });
    const graph = new Graph([...ends, ...sinkPlans], (plan) => {
      if (plan.kind !== 'collect') return operatorOf(plan);
      const recorder = new Recorder();
      recorders.push(recorder);
      return recorder;
    });
    const feed = graph.feeds.find((candidate) => candidate.plan === leaf);
    assert(feed !== undefined, 'a decoder has its source');
    const reader = new FileChunkReader(chunkSpec);
    // What is decoded is through the operators, and copied for the job's thread, before the next chunk is read.
    reader.lend();
    return { reader, feed, recorders, sinks };
  }
}

const NO_STATE: OperatorStats = { stateRows: 0, stateBytes: 0, lateRows: 0 };

/** Keeps what reaches an output while a chunk is decoded: rows, and watermarks with their place between the rows. */
class Recorder implements Operator {
  readonly name = 'Recorder';
  readonly ports = 1;
  #batches: Batch[] = [];
  #rows = 0;
  #markRows: number[] = [];
  #markValues: number[] = [];

  connect(_output: Output): void {}
  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#batches.push(batch);
    this.#rows += batch.length;
  }
  advance(watermark: number): void {
    this.#markRows.push(this.#rows);
    this.#markValues.push(watermark);
  }
  pushMarked(batch: Batch, { rows, values }: Marks): void {
    for (let i = 0; i < rows.length; i++) {
      this.#markRows.push(this.#rows + rows[i]!);
      this.#markValues.push(values[i]!);
    }
    this.push(batch);
  }
  finish(): void {}
  tick(): void {}
  snapshot(): undefined {
    return undefined;
  }
  restore(): void {}
  stats(): OperatorStats {
    return NO_STATE;
  }

  take(sender: BatchSender, transfer: ArrayBuffer[]): DecodedPart {
    const batches = this.#batches;
    const marks: Marks = { rows: Int32Array.from(this.#markRows), values: Float64Array.from(this.#markValues) };
    this.#batches = [];
    this.#rows = 0;
    this.#markRows = [];
    this.#markValues = [];
    if (batches.length === 0) return { batch: undefined, marks };
    const encoded = sender.encode(batches.length === 1 ? batches[0]! : concatBatches(batches));
    transfer.push(...encoded.transfer);
    return { batch: encoded.message, marks };
  }
}
