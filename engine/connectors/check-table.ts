import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError } from '../errors.ts';
import { format, formatOptions } from '../formats/registry.ts';
import { checkOptions, connector } from './registry.ts';

/** Checks a table where a query reads or writes it: its options, and that its connector can do that. Throws CONNECTOR_OPTION. */
export function checkTable(table: ResolvedTable, use: 'source' | 'sink'): void {
  checkOptions(table);
  if (use === 'sink') checkWrittenFormats(table);
  const name = table.options['connector']!;
  const found = connector(name);
  if (use === 'source' && found.createSource === undefined) {
    throw new MillraceError('CONNECTOR_OPTION', `connector '${name}' can only be written to`, {
      hint: `${table.path.name} is a sink: read the table that feeds it`,
    });
  }
  if (use === 'sink' && found.createSink === undefined) {
    throw new MillraceError('CONNECTOR_OPTION', `connector '${name}' can only be read`, {
      hint: 'connectors that can be written to: filesystem, kafka, print, blackhole',
    });
  }
}

function checkWrittenFormats({ options }: ResolvedTable): void {
  for (const option of ['format', 'value.format', 'key.format']) {
    const name = options[option];
    if (name !== undefined) format(name).validateWrite?.(formatOptions(options, option.replace('format', name)));
  }
}
