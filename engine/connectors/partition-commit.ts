import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../errors.ts';
import { timeParser } from '../functions/java-datetime-parse.ts';
import type { Clock } from '../runtime/clock.ts';
import { parseTimestamp } from '../types/parse.ts';
import { timeZone, type TimeZone } from '../types/time-zone.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { optionError, type OptionReader } from './options.ts';
import { unescapeName } from './partition-path.ts';

/**
 * Says when a partition is complete, by Flink's rules: with the trigger `process-time` when the delay has passed since its first file, with
 * `partition-time` when the watermark has passed the time in its name and the delay; every one at the end of the input. A partition that gets
 * further rows is completed again.
 */
export class PartitionCommit {
  readonly #folder: string;
  readonly #options: OptionReader;
  readonly #clock: Clock;
  readonly #columns: readonly string[];
  readonly #successFile: string | undefined;
  readonly #byPartitionTime: boolean;
  readonly #delay: Ms;
  readonly #zone: TimeZone;
  /** When partitions that are not complete yet were first written to. */
  readonly #open = new Map<string, EpochMs>();
  #watermark: EpochMs = -Infinity;

  constructor(folder: string, columns: readonly string[], options: OptionReader, clock: Clock) {
    this.#folder = folder;
    this.#columns = columns;
    this.#options = options;
    this.#clock = clock;
    const policies = (options.text('sink.partition-commit.policy.kind') ?? '').split(',').map((kind) => kind.trim());
    const unknown = policies.find((kind) => kind !== '' && kind !== 'success-file');
    if (unknown !== undefined) {
      throw optionError(
        `option 'sink.partition-commit.policy.kind': there is no '${unknown}' here`,
        "use 'success-file'",
      );
    }
    this.#successFile = policies.includes('success-file')
      ? options.text('sink.partition-commit.success-file.name')!
      : undefined;
    this.#byPartitionTime = options.choice('sink.partition-commit.trigger') === 'partition-time';
    this.#delay = options.duration('sink.partition-commit.delay')!;
    this.#zone = timeZone(options.text('sink.partition-commit.watermark-time-zone')!);
  }

  get #isOn(): boolean {
    return this.#columns.length > 0 && this.#successFile !== undefined;
  }

  touch(partition: string): void {
    if (this.#isOn && !this.#open.has(partition)) this.#open.set(partition, this.#clock.now());
  }

  advance(watermark: EpochMs): void {
    this.#watermark = watermark;
  }

  /** Partitions that are complete now. */
  due(): string[] {
    const now = this.#clock.now();
    return [...this.#open]
      .filter(([partition, since]) =>
        this.#byPartitionTime ? this.#watermark > this.#timeOf(partition) + this.#delay : now > since + this.#delay,
      )
      .map(([partition]) => partition);
  }

  all(): string[] {
    return [...this.#open.keys()];
  }

  async commit(partition: string): Promise<void> {
    this.#open.delete(partition);
    await writeFile(join(this.#folder, partition, this.#successFile!), '');
  }

  /** The time in a partition's name, as an instant. Throws CONNECTOR_OPTION. */
  #timeOf(partition: string): EpochMs {
    const values = new Map(
      partition.split(/[/\\]/).map((part) => part.split('=', 2).map(unescapeName) as [string, string]),
    );
    const pattern = this.#options.text('partition.time-extractor.timestamp-pattern') ?? `$${this.#columns[0]}`;
    const text = this.#columns
      .toSorted((a, b) => b.length - a.length)
      .reduce((whole, name) => whole.replaceAll(`$${name}`, values.get(name) ?? ''), pattern);
    const formatter = this.#options.text('partition.time-extractor.timestamp-formatter');
    try {
      const wall = formatter === undefined ? parseTimestamp(text, 3) : timeParser(formatter)(text);
      return this.#zone.toInstant(wall!.ms);
    } catch {
      throw new MillraceError('CONNECTOR_OPTION', `'${text}' of partition ${partition} is no timestamp`, {
        hint: "set 'partition.time-extractor.timestamp-pattern' = '$day $hour:00:00'",
      });
    }
  }
}
