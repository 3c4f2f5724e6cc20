/** Options of a table that say when its watermarks are sent. */
import type { ResolvedTable } from '../catalog/table.ts';
import { parseDuration } from '../connectors/options.ts';
import type { Ms } from '../types/value.ts';

export interface WatermarkOptions {
  /** `scan.watermark.idle-timeout`; undefined: that of the session holds. */
  readonly idleTimeout: Ms | undefined;
  /** `scan.watermark.emit.strategy` is on-event: a watermark may follow each so many rows (`…on-event.gap`). Undefined: by the session's interval. */
  readonly everyRows: number | undefined;
}

export function watermarkOptions({ options }: ResolvedTable): WatermarkOptions {
  const idle = options['scan.watermark.idle-timeout'];
  const onEvent = options['scan.watermark.emit.strategy']?.toLowerCase() === 'on-event';
  return {
    idleTimeout: idle === undefined ? undefined : parseDuration(idle),
    everyRows: onEvent ? Number(options['scan.watermark.emit.on-event.gap'] ?? 1) : undefined,
  };
}
