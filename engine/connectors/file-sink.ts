import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Batch } from '../data/batch.ts';
import { formatOptions } from '../formats/registry.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { EpochMs } from '../types/value.ts';
import type { Sink, SinkContext } from './connector.ts';
import { partMaker, type Part, type PartMaker, type PendingFile } from './file-part.ts';
import { Partitions } from './file-partitions.ts';
import { filesystemOptions } from './filesystem-options.ts';
import { fileError, resolvePath } from './files.ts';
import { OptionReader } from './options.ts';
import { PartitionCommit } from './partition-commit.ts';

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
 * and is renamed when it is complete: at `flush` (the end of a job), beyond its size or age, or when its partition is complete, in jobs
 * without checkpoints; at `commit` in jobs with them. Of INSERT OVERWRITE nothing is seen before the end: then what the folders
 * held goes, and the new files come.
 */
class FileSink implements Sink {
  readonly #folder: string;
  readonly #maker: PartMaker;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #maxAge: number;
  readonly #partitions: Partitions;
  readonly #commits: PartitionCommit;
  readonly #id = randomUUID();
  readonly #parts = new Map<string, Part>();
  readonly #overwrites: boolean;
  #pending: PendingFile[] = [];
  #count = 0;
  #twoPhase = false;

  constructor(folder: string, context: SinkContext, options: OptionReader) {
    const { table, schema, timeZone } = context;
    this.#folder = folder;
    this.#clock = context.clock ?? systemClock;
    this.#maxBytes = options.memory('sink.rolling-policy.file-size')!;
    this.#maxAge = options.duration('sink.rolling-policy.rollover-interval')!;
    this.#overwrites = table.overwrite === true;
    this.#partitions = new Partitions(schema, table.partitionedBy, options.text('partition.default-name')!);
    this.#commits = new PartitionCommit(folder, table.partitionedBy, options, this.#clock);
    const format = table.options['format'] ?? 'json';
    this.#maker = partMaker({
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
      await part.write(rows);
      if (part.bytes >= this.#maxBytes || this.#clock.monotonic() - part.began >= this.#maxAge) {
        await this.#finish(name, part);
        if (!this.#twoPhase && !this.#overwrites) await this.#publish();
      }
    }
    if (!this.#twoPhase && !this.#overwrites) await this.#commitDue();
  }

  advance(watermark: EpochMs): void {
    this.#commits.advance(watermark);
  }

  /** Partitions that are complete now: their files are seen, then the mark that says so. */
  async #commitDue(): Promise<void> {
    for (const name of this.#commits.due()) {
      const part = this.#parts.get(name);
      if (part !== undefined) await this.#finish(name, part);
      await this.#publish();
      await this.#commits.commit(name);
    }
  }

  async #begin(name: string): Promise<Part> {
    const file = `part-${this.#id}-0-${this.#count++}`;
    const folder = join(this.#folder, name);
    const names = { hidden: join(folder, `.${file}.inprogress`), visible: join(folder, file) };
    const part = await this.#maker.begin(names, this.#clock.monotonic());
    this.#parts.set(name, part);
    this.#commits.touch(name);
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

  /** Empties the partitions that were written, or the whole folder when there are none. */
  async #clear(): Promise<void> {
    const written = this.#pending.map(({ visible }) => dirname(visible));
    for (const folder of this.#partitions.isPartitioned ? new Set(written) : [this.#folder]) {
      const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
      for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
    }
  }

  async flush(): Promise<void> {
    await this.#finishAll();
    if (this.#overwrites) await this.#clear();
    if (this.#twoPhase) return;
    await this.#publish();
    for (const name of this.#commits.all()) await this.#commits.commit(name);
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
    for (const name of this.#commits.due()) await this.#commits.commit(name);
  }

  async close(): Promise<void> {
    for (const part of this.#parts.values()) await part.abandon();
    this.#parts.clear();
  }
}
