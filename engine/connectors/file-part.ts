import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Batch } from '../data/batch.ts';
import type { BulkWriter, Encoder, EncoderSpec } from '../formats/format.ts';
import { format, makeEncoder } from '../formats/registry.ts';
import { fileError } from './files.ts';

/** A file under a hidden name, and the name under which it will be seen. */
export interface PendingFile {
  readonly hidden: string;
  readonly visible: string;
}

/** A part file that is being written. */
export interface Part extends PendingFile {
  /** When it was begun, by the monotonic clock. */
  readonly began: number;
  readonly bytes: number;
  write(rows: Batch): Promise<void>;
  finish(): Promise<void>;
  /** The hidden file stays, as in Flink: what was written may still be of use to somebody. */
  abandon(): Promise<void>;
}

/** How part files of a table are made. */
export interface PartMaker {
  begin(file: PendingFile, began: number): Promise<Part>;
}

export function partMaker(spec: EncoderSpec): PartMaker {
  const { bulk } = format(spec.format);
  if (bulk === undefined) {
    const encoder = makeEncoder(spec);
    return { begin: (file, began) => EncodedPart.begin(file, began, encoder) };
  }
  return {
    begin: async (file, began) => {
      try {
        await mkdir(dirname(file.hidden), { recursive: true });
      } catch (error) {
        throw fileError(file.hidden, error);
      }
      return new BulkPart(file, began, await bulk.write(spec, file.hidden));
    },
  };
}

class BulkPart implements Part {
  readonly hidden: string;
  readonly visible: string;
  readonly began: number;
  readonly #writer: BulkWriter;

  constructor({ hidden, visible }: PendingFile, began: number, writer: BulkWriter) {
    this.hidden = hidden;
    this.visible = visible;
    this.began = began;
    this.#writer = writer;
  }
  get bytes(): number {
    return this.#writer.bytes;
  }
  async write(rows: Batch): Promise<void> {
    await this.#writer.write(rows);
  }
  finish(): Promise<void> {
    return this.#writer.finish();
  }
  abandon(): Promise<void> {
    return this.#writer.abandon();
  }
}

/** Lines of text, written as they come. */
class EncodedPart implements Part {
  readonly hidden: string;
  readonly visible: string;
  readonly began: number;
  readonly #file: FileHandle;
  readonly #encoder: Encoder;
  bytes = 0;

  private constructor({ hidden, visible }: PendingFile, began: number, encoder: Encoder, file: FileHandle) {
    this.hidden = hidden;
    this.visible = visible;
    this.#encoder = encoder;
    this.began = began;
    this.#file = file;
  }

  static async begin(names: PendingFile, began: number, encoder: Encoder): Promise<Part> {
    const { hidden } = names;
    try {
      await mkdir(dirname(hidden), { recursive: true });
      return new EncodedPart(names, began, encoder, await open(hidden, 'wx'));
    } catch (error) {
      throw fileError(hidden, error);
    }
  }

  async write(rows: Batch): Promise<void> {
    const bytes = this.#encoder.encode(rows);
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    } catch (error) {
      throw fileError(this.hidden, error);
    }
    this.bytes += bytes.length;
  }

  /** On disk for good. */
  async finish(): Promise<void> {
    try {
      await this.#file.datasync();
      await this.#file.close();
    } catch (error) {
      throw fileError(this.hidden, error);
    }
  }

  async abandon(): Promise<void> {
    await this.#file.close();
  }
}
