/** Messages between a job and its decoder threads. */
import type { SourceFacts } from './build-stateless.ts';
import type { Chunk, ChunkReaderSpec } from '../connectors/chunks.ts';
import type { Marks } from '../ops/marks.ts';
import type { PhysicalPlan, SourceNode } from '../plan/physical.ts';
import type { ErrorMessage, JobSpec } from './job-spec.ts';
import type { BatchMessage } from './wire.ts';

export interface DecoderSetup {
  readonly leaf: SourceNode;
  /** Nodes over `leaf` whose rows go back, one part each. */
  readonly outputs: readonly PhysicalPlan[];
  /** Sinks that swallow rows in the decoder. */
  readonly sinks: readonly PhysicalPlan[];
  /** The whole job: roots (for the watermarks' grid) and options. */
  readonly spec: JobSpec;
  readonly chunkSpec: ChunkReaderSpec;
  readonly facts: SourceFacts;
}

/** A chunk and the lane whose watermark its rows move. */
export interface PlannedChunk {
  readonly lane: number;
  readonly chunk: Chunk;
}

export type ToDecoder =
  { readonly kind: 'setup'; readonly setup: DecoderSetup } | { readonly kind: 'decode'; readonly chunk: PlannedChunk };

/** One answer for each message, in order; none after a failure. */
export type FromDecoder =
  | { readonly kind: 'decoded'; readonly result: DecodeResult }
  | { readonly kind: 'failed'; readonly error: ErrorMessage };

export interface DecodeResult {
  /** Rows and bytes of the chunk. */
  readonly rows: number;
  readonly bytes: number;
  /** Where the record that follows the chunk begins. */
  readonly end: number;
  readonly skipped: number;
  /** Rows that went into sinks of the decoder. */
  readonly sinkRows: number;
  readonly parts: readonly DecodedPart[];
}

/** The rows of one output, and where watermarks stand between them. */
export interface DecodedPart {
  readonly batch: BatchMessage | undefined;
  readonly marks: Marks;
}
