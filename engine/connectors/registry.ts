/** The connectors by name, and the check of a table's options. */
import { assert } from '../assert.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { didYouMean, MillraceError, nearest } from '../errors.ts';
import { format, formatOptions } from '../formats/registry.ts';
import type { Connector, OptionSpec } from './connector.ts';
import { blackhole } from './blackhole.ts';
import { datagen } from './datagen.ts';
import { filesystem } from './filesystem.ts';
import { inline } from './inline.ts';
import { jdbc } from './jdbc.ts';
import { kafka } from './kafka.ts';
import { nexmark } from './nexmark.ts';
import { optionError, optionProblem } from './options.ts';
import { print } from './print.ts';
import { upsertKafka } from './upsert-kafka.ts';
import { withReplay } from './replay.ts';
import { socket } from './socket.ts';

const connectors: Map<string, Connector> = new Map(
  [filesystem, kafka, upsertKafka, jdbc, datagen, inline, socket, nexmark, print, blackhole].map((found) => [
    found.name,
    withReplay(found),
  ]),
);

export const connectorNames: readonly string[] = [...connectors.keys()];

/**
 * Makes a connector of the host program known, in this thread: jobs that use it must run here (`placement: 'local'`).
 * Returns what takes it away again. Throws when the name is taken.
 */
export function registerConnector(added: Connector): () => void {
  assert(!connectors.has(added.name), `there is a connector '${added.name}' already`);
  connectors.set(added.name, added);
  return () => connectors.delete(added.name);
}

/** The connector of that name, if there is one. */
export const findConnector = (name: string | undefined): Connector | undefined =>
  name === undefined ? undefined : connectors.get(name);

/** The connector of that name; throws CONNECTOR_OPTION with near names. */
export function connector(name: string): Connector {
  const found = connectors.get(name);
  if (found !== undefined) return found;
  throw new MillraceError('CONNECTOR_OPTION', `there is no connector '${name}'`, {
    hint: didYouMean(name, connectorNames) ?? `connectors: ${connectorNames.join(', ')}`,
  });
}

/** Options that any table may have. */
const commonOptions: readonly OptionSpec[] = [
  { name: 'connector', kind: 'string', required: true, summary: 'what the table is made of' },
  { name: 'property-version', kind: 'string', summary: "for Flink's sake; has no effect" },
  {
    name: 'scan.parallelism',
    kind: 'int',
    summary: "for Flink's sake; the result never depends on the number of workers",
  },
  {
    name: 'lookup.cache',
    kind: 'enum',
    values: ['NONE', 'PARTIAL', 'FULL'],
    default: 'NONE',
    summary:
      "for Flink's sake: a table that is read as a whole for lookups is kept until it changes, whatever this says",
  },
  { name: 'lookup.partial-cache.', kind: 'string', prefix: true, summary: "for Flink's sake; see lookup.cache" },
  { name: 'lookup.full-cache.', kind: 'string', prefix: true, summary: "for Flink's sake; see lookup.cache" },
  {
    name: 'scan.watermark.idle-timeout',
    kind: 'duration',
    summary:
      'the table does not hold back watermarks when it is silent for so long; default: table.exec.source.idle-timeout',
  },
  {
    name: 'scan.watermark.emit.strategy',
    kind: 'enum',
    values: ['on-periodic', 'on-event'],
    default: 'on-periodic',
    summary: 'when watermarks are sent: by pipeline.auto-watermark-interval, or after rows',
  },
  {
    name: 'scan.watermark.emit.on-event.gap',
    kind: 'int',
    default: '1',
    summary: 'with on-event: how many rows lie between two watermarks',
  },
  {
    name: 'sink.parallelism',
    kind: 'int',
    summary: "for Flink's sake; the result never depends on the number of workers",
  },
];

/**
 * Checks all options of a table: its connector exists, none is missing, unknown or of a wrong kind, its format exists and fits.
 * Throws CONNECTOR_OPTION with a hint; the connector's own `validate` comes last.
 */
export function checkOptions(table: ResolvedTable): void {
  const name = table.options['connector'];
  if (name === undefined) {
    throw optionError(
      `table '${table.path.name}' has no option 'connector'`,
      `connectors: ${connectorNames.join(', ')}`,
    );
  }
  const found = connector(name);
  const specs = optionsOf(found, table);
  for (const spec of specs) {
    if (spec.required && !spec.prefix && table.options[spec.name] === undefined) {
      throw optionError(`connector '${name}' needs the option '${spec.name}': ${spec.summary}`);
    }
  }
  for (const [key, value] of Object.entries(table.options)) {
    const spec = specs.find((candidate) =>
      candidate.prefix ? key.startsWith(candidate.name) : candidate.name === key,
    );
    if (spec === undefined) {
      if (isForeignFormatOption(table, key, specs)) continue;
      throw unknownOption(name, key, specs);
    }
    const problem = optionProblem(spec.prefix ? { ...spec, name: key } : spec, value);
    if (problem !== undefined) throw optionError(problem, spec.values && didYouMean(value, spec.values));
  }
  for (const option of ['format', 'value.format', 'key.format']) {
    const formatName = table.options[option];
    if (formatName === undefined) continue;
    format(formatName).validate?.(formatOptions(table.options, option.replace('format', formatName)));
  }
  found.validate?.(table);
}

/** Flink's filesystem connector passes over options of its format that the format does not know; a near miss is told all the same. */
function isForeignFormatOption(table: ResolvedTable, key: string, specs: readonly OptionSpec[]): boolean {
  const { connector: name, format: formatName } = table.options;
  if (name !== 'filesystem' || !key.startsWith(`${formatName}.`)) return false;
  return (
    nearest(
      key,
      specs.map((spec) => spec.name),
    ) === undefined
  );
}

/** Every option that a table of this connector may have, those of its format with their prefix. */
export function optionsOf(found: Connector, table: Pick<ResolvedTable, 'options'>): OptionSpec[] {
  const specs = [...found.options, ...commonOptions];
  if (found.formats.length === 0) return specs;
  if (!specs.some((spec) => spec.name === 'format' || spec.name === 'value.format')) {
    specs.push({ name: 'format', kind: 'string', required: true, summary: `one of ${found.formats.join(', ')}` });
  }
  for (const option of ['format', 'value.format', 'key.format']) {
    const name = table.options[option];
    if (name === undefined) continue;
    const { options } = format(name);
    if (!found.formats.includes(name)) {
      throw optionError(
        `connector '${found.name}' does not take the format '${name}'`,
        `formats: ${found.formats.join(', ')}`,
      );
    }
    const prefix = option.replace('format', name);
    specs.push(...options.map((spec) => ({ ...spec, name: `${prefix}.${spec.name}` })));
  }
  return specs;
}

function unknownOption(name: string, key: string, specs: readonly OptionSpec[]): MillraceError {
  const names = specs.filter((spec) => !spec.prefix).map((spec) => spec.name);
  return optionError(
    `connector '${name}' has no option '${key}'`,
    didYouMean(key, names) ??
      `options: ${names.filter((option) => !commonOptions.some((spec) => spec.name === option)).join(', ')}`,
  );
}
