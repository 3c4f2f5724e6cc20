/** The options of a session: SET, RESET, and what the engine reads. Names, kinds and defaults are Flink's. */
import { availableParallelism } from 'node:os';
import { MillraceError, didYouMean } from './errors.ts';
import { parseDuration } from './connectors/options.ts';
import { checkConstraintOptions, type ConstraintOptions } from './ops/constraints.ts';
import type { LowerOptions } from './plan/lower.ts';
import { findTimeZone } from './types/time-zone.ts';
import type { Ms } from './types/value.ts';

export interface SessionOption {
  readonly name: string;
  readonly kind: 'string' | 'integer' | 'boolean' | 'duration' | 'enum' | 'zone';
  readonly values?: readonly string[] | undefined;
  /** Undefined: not set. */
  readonly default: string | undefined;
  readonly summary: string;
}

const hostZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What the engine acts on. Every other option is kept and shown, as Flink does, and has no effect. */
export const sessionOptions: readonly SessionOption[] = [
  {
    name: 'execution.runtime-mode',
    kind: 'enum',
    values: ['streaming', 'batch', 'automatic'],
    default: 'streaming',
    summary: 'changes as they come, or the final result of bounded input',
  },
  {
    name: 'table.local-time-zone',
    kind: 'zone',
    default: 'default',
    summary: "zone in which TIMESTAMP_LTZ is shown and its windows lie; default: the machine's",
  },
  {
    name: 'pipeline.auto-watermark-interval',
    kind: 'duration',
    default: '200 ms',
    summary: 'a watermark is sent when event time has risen by more than this',
  },
  {
    name: 'table.exec.source.idle-timeout',
    kind: 'duration',
    default: '0 ms',
    summary: 'a source that is silent for so long does not hold back watermarks; 0: never',
  },
  {
    name: 'table.exec.interval-join.min-cleanup-interval',
    kind: 'duration',
    default: '0 ms',
    summary: 'rows of an interval join that found no partner stay for this much longer, and come out later',
  },
  {
    name: 'parallelism.default',
    kind: 'integer',
    default: '1',
    summary: 'readers that Flink would run; it decides which files are read side by side',
  },
  {
    name: 'millrace.decoders',
    kind: 'integer',
    default: String(availableParallelism()),
    summary: 'threads that decode large files beside the job’s own; 0: none; default: one a core. Results are the same',
  },
  {
    name: 'millrace.replay.speed',
    kind: 'string',
    default: undefined,
    summary:
      "pace at which tables with a rowtime are read: '600x' = ten minutes of event time a second, 'max' = no wait",
  },
  {
    name: 'millrace.scan.from',
    kind: 'string',
    default: undefined,
    summary: 'where topics of Kafka are read from: earliest, latest, or milliseconds since 1970',
  },
  {
    name: 'sql-client.execution.max-table-result.rows',
    kind: 'integer',
    default: '1000000',
    summary: 'rows of a result that are kept for views and snapshots',
  },
  { name: 'pipeline.name', kind: 'string', default: undefined, summary: 'the name of the next job' },
  {
    name: 'table.exec.state.ttl',
    kind: 'duration',
    default: '0 ms',
    summary: 'how long the state of a key that does not change is kept; 0: for ever',
  },
  {
    name: 'table.exec.emit.early-fire.enabled',
    kind: 'boolean',
    default: 'false',
    summary: 'the older group windows show results before they end',
  },
  {
    name: 'table.exec.emit.early-fire.delay',
    kind: 'duration',
    default: undefined,
    summary: 'after how long a change before the end of a window is shown; 0: at once',
  },
  {
    name: 'table.exec.emit.late-fire.enabled',
    kind: 'boolean',
    default: 'false',
    summary: 'the older group windows show results of rows that come after their ends',
  },
  {
    name: 'table.exec.emit.late-fire.delay',
    kind: 'duration',
    default: undefined,
    summary: 'after how long a change after the end of a window is shown; 0: at once',
  },
  {
    name: 'table.exec.emit.allow-lateness',
    kind: 'duration',
    default: '0 ms',
    summary: 'how long rows may come after the end of an older group window, with late fire',
  },
  {
    name: 'table.exec.mini-batch.enabled',
    kind: 'boolean',
    default: 'false',
    summary: 'updating results are sent once per batch of input, not per row',
  },
  {
    name: 'table.exec.mini-batch.allow-latency',
    kind: 'duration',
    default: '0 ms',
    summary: 'longest time that a mini-batch waits',
  },
  {
    name: 'table.exec.mini-batch.size',
    kind: 'integer',
    default: '-1',
    summary: 'most rows of a mini-batch',
  },
  {
    name: 'table.exec.legacy-cast-behaviour',
    kind: 'enum',
    values: ['disabled', 'enabled'],
    default: 'disabled',
    summary: 'CAST as before Flink 1.15: NULL where it fails, texts neither cut nor in the new forms',
  },
  {
    name: 'table.exec.sink.not-null-enforcer',
    kind: 'enum',
    values: ['error', 'drop'],
    default: 'error',
    summary: 'NULL for a NOT NULL column of a sink: fail, or leave the row out',
  },
  {
    name: 'table.exec.sink.type-length-enforcer',
    kind: 'enum',
    values: ['ignore', 'trim_pad', 'error', 'throw'],
    default: 'ignore',
    summary: 'CHAR, VARCHAR, BINARY and VARBINARY columns of a sink: as they come, cut and padded, or fail',
  },
  {
    name: 'table.exec.sink.nested-constraint-enforcer',
    kind: 'enum',
    values: ['ignore', 'rows', 'rows_and_collections'],
    default: 'ignore',
    summary: 'whether the two above look into ROWs, and into ARRAYs and MAPs',
  },
  {
    name: 'table.exec.sink.upsert-materialize',
    kind: 'enum',
    values: ['none', 'auto', 'force'],
    default: 'auto',
    summary: 'whether rows are remembered before a sink whose primary key is not the key of the changes',
  },
  {
    name: 'table.exec.sink.require-on-conflict',
    kind: 'boolean',
    default: 'true',
    summary: 'INSERT into a table whose primary key is not the key of the changes must say ON CONFLICT DO ..',
  },
  {
    name: 'table.exec.sink.keyed-shuffle',
    kind: 'enum',
    values: ['none', 'auto', 'force'],
    default: 'auto',
    summary: "for Flink's sake: rows of one key never overtake each other here",
  },
  {
    name: 'table.exec.source.cdc-events-duplicate',
    kind: 'boolean',
    default: 'false',
    summary: 'sources of changes may send one twice: their rows are remembered by primary key',
  },
  {
    name: 'table.dml-sync',
    kind: 'boolean',
    default: 'false',
    summary: 'INSERT returns when its job has ended',
  },
  {
    name: 'table.sql-dialect',
    kind: 'enum',
    values: ['default'],
    default: 'default',
    summary: 'the language of statements; the Hive dialect needs a JVM',
  },
  {
    name: 'table.plan.force-recompile',
    kind: 'boolean',
    default: 'false',
    summary: 'COMPILE PLAN writes over a plan that is there',
  },
  {
    name: 'table.display.max-column-width',
    kind: 'integer',
    default: '30',
    summary: 'widest column of printed results',
  },
];
const byName: ReadonlyMap<string, SessionOption> = new Map(sessionOptions.map((option) => [option.name, option]));

/** Beginnings of names under which Flink has options: a name outside of them is more likely a slip. */
const namespaces = [
  'table.',
  'sql-client.',
  'sql-gateway.',
  'execution.',
  'pipeline.',
  'parallelism.',
  'state.',
  'restart-strategy',
  'rest.',
  'taskmanager.',
  'jobmanager.',
  'classloader.',
  'security.',
  'fs.',
  'io.',
  'metrics.',
  'web.',
  'yarn.',
  'kubernetes.',
  'high-availability',
  'python.',
  'millrace.',
];

export class SessionOptions {
  readonly #initial: ReadonlyMap<string, string>;
  #set: Map<string, string>;

  /** @throws OPTION_UNKNOWN, OPTION_VALUE */
  constructor(config: Readonly<Record<string, string>> = {}) {
    this.#set = new Map();
    for (const [key, value] of Object.entries(config)) this.set(key, value);
    this.#initial = new Map(this.#set);
  }

  /** @throws OPTION_UNKNOWN with a near name; OPTION_VALUE when the value is not of the option's kind */
  set(key: string, value: string): void {
    const option = byName.get(key);
    if (option !== undefined) checkValue(option, value);
    else if (!namespaces.some((prefix) => key.startsWith(prefix))) {
      const near = didYouMean(key, byName.keys());
      if (near !== undefined) throw new MillraceError('OPTION_UNKNOWN', `there is no option '${key}'`, { hint: near });
    }
    this.#set.set(key, value);
  }

  /** Back to the value that the session began with; without a key all of them. */
  reset(key?: string): void {
    if (key === undefined) {
      this.#set = new Map(this.#initial);
      return;
    }
    const initial = this.#initial.get(key);
    if (initial === undefined) this.#set.delete(key);
    else this.#set.set(key, initial);
  }

  /** These options with others over them. */
  over(config: Readonly<Record<string, string>>): SessionOptions {
    return new SessionOptions({ ...this.all(), ...config });
  }

  /** What is set, by name. */
  all(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#set].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The value in force; undefined when the option is neither set nor has a default. */
  get(key: string): string | undefined {
    return this.#set.get(key) ?? byName.get(key)?.default;
  }
  boolean(key: string): boolean {
    return this.get(key)?.toLowerCase() === 'true';
  }
  integer(key: string): number {
    return Number(this.get(key));
  }
  duration(key: string): Ms {
    return parseDuration(this.get(key) ?? '0 ms') ?? 0;
  }

  /** How many rows an aggregate takes in before it sends their net change; undefined: it sends one for every row. @throws OPTION_VALUE */
  get miniBatch(): { readonly size: number; readonly latency: Ms } | undefined {
    if (!this.boolean('table.exec.mini-batch.enabled') || this.mode === 'batch') return undefined;
    const size = this.integer('table.exec.mini-batch.size');
    const latency = this.duration('table.exec.mini-batch.allow-latency');
    if (latency <= 0)
      throw new MillraceError('OPTION_VALUE', 'MiniBatch Latency must be greater than 0 ms.', {
        hint: "SET 'table.exec.mini-batch.allow-latency' = '1 s'",
      });
    if (size <= 0)
      throw new MillraceError('OPTION_VALUE', `'table.exec.mini-batch.size' must be > 0, but is ${size}`, {
        hint: "SET 'table.exec.mini-batch.size' = '1000'",
      });
    return { size, latency };
  }
  /** What sinks demand of their rows. @throws OPTION_VALUE */
  get constraints(): ConstraintOptions {
    const choice = (name: string): string => this.get(`table.exec.sink.${name}`)!.toLowerCase();
    const lengths = choice('type-length-enforcer');
    const options: ConstraintOptions = {
      notNull: choice('not-null-enforcer') === 'drop' ? 'drop' : 'error',
      lengths: lengths === 'ignore' ? 'ignore' : lengths === 'trim_pad' ? 'trim-pad' : 'error',
      nested: choice('nested-constraint-enforcer').replaceAll('_', '-') as ConstraintOptions['nested'],
    };
    checkConstraintOptions(options);
    return options;
  }
  /** What making a physical plan depends on. */
  get lowering(): LowerOptions {
    return {
      mode: this.mode,
      hasEmit: ['early', 'late'].some((fire) => this.boolean(`table.exec.emit.${fire}-fire.enabled`)),
      upsertMaterialize: this.get('table.exec.sink.upsert-materialize')!.toLowerCase() as 'none' | 'auto' | 'force',
      requireOnConflict: this.boolean('table.exec.sink.require-on-conflict'),
    };
  }
  get mode(): 'streaming' | 'batch' {
    return this.get('execution.runtime-mode')?.toLowerCase() === 'batch' ? 'batch' : 'streaming';
  }
  get timeZone(): string {
    const zone = this.get('table.local-time-zone');
    return zone === undefined || zone === 'default' ? hostZone() : zone;
  }
}

function checkValue(option: SessionOption, value: string): void {
  const problem = problemOf(option, value);
  if (problem === undefined) return;
  const hint =
    option.values === undefined
      ? undefined
      : (didYouMean(value, option.values) ?? `one of ${option.values.join(', ')}`);
  throw new MillraceError('OPTION_VALUE', `'${value}' is no value of '${option.name}': ${problem}`, { hint });
}

function problemOf(option: SessionOption, value: string): string | undefined {
  switch (option.kind) {
    case 'string':
      return undefined;
    case 'integer':
      return /^-?\d+$/.test(value.trim()) ? undefined : 'it takes a whole number';
    case 'boolean':
      return /^(true|false)$/i.test(value.trim()) ? undefined : 'it takes true or false';
    case 'duration':
      return parseDuration(value) === undefined ? 'it takes a duration such as 200 ms or 5 s' : undefined;
    case 'enum':
      return option.values!.includes(value.toLowerCase()) ? undefined : 'no such choice';
    case 'zone':
      if (value === 'default' || findTimeZone(value) !== undefined) return undefined;
      return "it takes a full name such as 'America/Los_Angeles', or a custom timezone id such as 'GMT-08:00'";
  }
}
