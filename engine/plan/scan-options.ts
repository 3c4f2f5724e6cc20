/** Session options that say how every table of a query is read; an OPTIONS hint in the query goes before them. */
import type { ResolvedTable } from '../catalog/table.ts';

/**
 * `millrace.replay.speed` ('600x', 'max'): tables with a rowtime or a 'replay.time-column' are given out at that pace.
 * `millrace.scan.from` ('earliest', 'latest', milliseconds since the epoch): where topics of Kafka are read from.
 */
export function withScanOptions(table: ResolvedTable, settings: Readonly<Record<string, string>>): ResolvedTable {
  const options = { ...replayOptions(table, settings), ...startOptions(table, settings['millrace.scan.from']) };
  return Object.keys(options).length === 0 ? table : { ...table, options: { ...table.options, ...options } };
}

function replayOptions(table: ResolvedTable, settings: Readonly<Record<string, string>>): Record<string, string> {
  const speed = settings['millrace.replay.speed'];
  const column = table.options['replay.time-column'] ?? rowtimeOf(table);
  return speed === undefined || column === undefined ? {} : { 'replay.time-column': column, 'replay.speed': speed };
}

/** The rowtime column, if the source itself holds it. */
function rowtimeOf({ columns, watermark }: ResolvedTable): string | undefined {
  const column = watermark && columns[watermark.column];
  return column?.kind === 'computed' ? undefined : column?.name;
}

function startOptions({ options }: ResolvedTable, from: string | undefined): Record<string, string> {
  if (from === undefined || options['connector'] !== 'kafka') return {};
  if (from === 'earliest' || from === 'latest') return { 'scan.startup.mode': `${from}-offset` };
  return { 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': from };
}
