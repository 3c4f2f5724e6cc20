import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { valueAt } from '../data/column-read.ts';
import type { Encoder } from '../formats/format.ts';
import { formatOptions, makeEncoder } from '../formats/registry.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Schema } from '../types/schema.ts';
import type { Sink, SinkContext } from './connector.ts';
import { filesystemOptions } from './filesystem-options.ts';
import { fileError, resolvePath } from './files.ts';
import { OptionReader } from './options.ts';
import { escapeName } from './partition-path.ts';
import { valueText } from './row-text.ts';

/** A file under a hidden name, and the name under which it will be seen. */
interface PendingFile {
  readonly hidden: string;
  readonly visible: string;
}

export async function createFileSink(context: SinkContext): Promise<Sink> {
  const options = new OptionReader(context.table.options, filesystemOptions);
  const folder = resolvePath(options.required('path'), context.baseDirectory);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  return new FileSink(folder, context, options);
}

/**
 * Writes part files into a folder; with PARTITIONED BY into folders `column=value` below it. A file has a hidden name while it is written
 * and is renamed when it is complete: at `flush` (the end of a job) or beyond its size or age in jobs without checkpoints,
 * at `commit` in jobs with them. Of INSERT OVERWRITE nothing is seen before the end: then what the folders held goes, and the new files come.
 */
class FileSink implements Sink {
  readonly #folder: string;
  readonly #encoder: Encoder;
  readonly #clock: Clock = systemClock;
  readonly #maxBytes: number;
  readonly #maxAge: number;
  readonly #partitions: Partitions;
  readonly #id = randomUUID();
  readonly #parts = new Map<string, Part>();
  #pending: PendingFile[] = [];
  #count = 0;
  #twoPhase = false;
  readonly #overwrites: boolean;

  constructor(folder: string, context: SinkContext, options: OptionReader) {
    const { table, schema, timeZone } = context;
    this.#folder = folder;
    this.#overwrites = table.overwrite === true;
    this.#maxBytes = options.memory('sink.rolling-policy.file-size')!;
    this.#maxAge = options.duration('sink.rolling-policy.rollover-interval')!;
    this.#partitions = new Partitions(schema, table.partitionedBy, options.text('partition.default-name')!);
    const format = table.options['format'] ?? 'json';
    this.#encoder = makeEncoder({
      format,
      options: formatOptions(table.options, format),
      schema: this.#partitions.dataSchema,
      timeZone,
    });
  }

  async write(batch: Batch): Promise<void> {
    for (const [name, rows] of this.#partitions.split(batch)) {
      if (rows.length === 0) continue;
      const part = this.#parts.get(name) ?? (await this.#begin(name));
      await part.write(this.#encoder.encode(rows));
      if (part.bytes >= this.#maxBytes || this.#clock.monotonic() - part.began >= this.#maxAge) {
        await this.#finish(name, part);
        if (!this.#twoPhase && !this.#overwrites) await this.#publish();
      }
    }
  }

  async #begin(name: string): Promise<Part> {
    const file = `part-${this.#id}-0-${this.#count++}`;
    const folder = join(this.#folder, name);
    const part = await Part.begin(join(folder, `.${file}.inprogress`), join(folder, file), this.#clock.monotonic());
    this.#parts.set(name, part);
    return part;
  }

  async #finish(name: string, part: Part): Promise<void> {
    this.#parts.delete(name);
    await part.finish();
    this.#pending.push({ hidden: part.hidden, visible: part.visible });
  }

  async #finishAll(): Promise<void> {
    for (const [name, part] of this.#parts) await this.#finish(name, part);
  }

  async #publish(files: readonly PendingFile[] = this.#pending.splice(0)): Promise<void> {
    for (const { hidden, visible } of files) {
      await rename(hidden, visible).catch((error: unknown) => {
        throw fileError(visible, error);
      });
    }
  }

  async flush(): Promise<void> {
    await this.#finishAll();
    if (this.#overwrites) await this.#clear();
    if (!this.#twoPhase) await this.#publish();
  }

  /** Empties the partitions that were written, or the whole folder when there are none. */
  async #clear(): Promise<void> {
    const written = this.#pending.map(({ visible }) => dirname(visible));
    for (const folder of this.#partitions.isPartitioned ? new Set(written) : [this.#folder]) {
      const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
      for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  async prepareCommit(): Promise<unknown> {
    this.#twoPhase = true;
    await this.#finishAll();
    return this.#pending.splice(0);
  }

  /** Also called again after a restart: what was renamed then already is left as it is. */
  async commit(_epoch: number, prepared: unknown): Promise<void> {
    for (const file of prepared as readonly PendingFile[]) {
      await this.#publish([file]).catch((error: { cause?: NodeJS.ErrnoException }) => {
        if (error.cause?.code !== 'ENOENT') throw error;
      });
    }
  }

  async close(): Promise<void> {
    for (const part of this.#parts.values()) await part.abandon();
    this.#parts.clear();
  }
}

class Part {
  readonly hidden: string;
  readonly visible: string;
  readonly began: number;
  readonly #file: FileHandle;
  bytes = 0;

  private constructor(hidden: string, visible: string, began: number, file: FileHandle) {
    this.hidden = hidden;
    this.visible = visible;
    this.began = began;
    this.#file = file;
  }

  static async begin(hidden: string, visible: string, began: number): Promise<Part> {
    try {
      await mkdir(dirname(hidden), { recursive: true });
      return new Part(hidden, visible, began, await open(hidden, 'wx'));
    } catch (error) {
      throw fileError(hidden, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
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

  /** The hidden file stays, as in Flink: what was written may still be of use to somebody. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}

/** Which folder a row goes to, by its partition columns, which are not written into the file. */
class Partitions {
  readonly dataSchema: Schema;
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #data: readonly number[];
  readonly #defaultName: string;

  constructor(schema: Schema, partitionedBy: readonly string[], defaultName: string) {
    this.#schema = schema;
    this.#keys = partitionedBy.map((name) => schema.findIndex((column) => column.name === name));
    this.#data = schema.flatMap((_, i) => (this.#keys.includes(i) ? [] : [i]));
    this.dataSchema = this.#data.map((i) => schema[i]!);
    this.#defaultName = defaultName;
  }

  get isPartitioned(): boolean {
    return this.#keys.length > 0;
  }

  split(batch: Batch): Iterable<readonly [string, Batch]> {
    if (this.#keys.length === 0) return [['', batch]];
    const rows = new Map<string, number[]>();
    for (let row = 0; row < batch.length; row++) {
      const name = this.#folderOf(batch, row);
      const group = rows.get(name);
      if (group === undefined) rows.set(name, [row]);
      else group.push(row);
    }
    const data = { ...batch, columns: this.#data.map((i) => batch.columns[i]!) };
    return [...rows].map(([name, indices]) => [name, takeBatch(data, Int32Array.from(indices))] as const);
  }

  #folderOf(batch: Batch, row: number): string {
    return join(
      ...this.#keys.map((key) => {
        const { name, type } = this.#schema[key]!;
        const value = valueAt(batch.columns[key]!, row);
        const text = value === null ? '' : valueText(value, type);
        return `${escapeName(name)}=${text === '' ? this.#defaultName : escapeName(text)}`;
      }),
    );
  }
}
