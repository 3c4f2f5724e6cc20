/** `table.exec.emit.*`: when the older group windows show results besides at their ends. As Flink's WindowEmitStrategy. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import { parseDuration } from '../connectors/options.ts';
import type { Ms } from '../types/value.ts';
import type { EmitStrategy, WindowSpec } from './logical.ts';

const PREFIX = 'table.exec.emit.';

/** undefined: once, at the end. @throws PLAN_UNSUPPORTED, OPTION_VALUE */
export function emitStrategy(
  settings: Readonly<Record<string, string>>,
  window: WindowSpec,
  isEventTime: boolean,
  span: Span | undefined,
): EmitStrategy | undefined {
  const isOn = (key: string): boolean => settings[`${PREFIX}${key}`]?.trim().toLowerCase() === 'true';
  const duration = (key: string): Ms | undefined => {
    const text = settings[`${PREFIX}${key}`];
    return text === undefined ? undefined : parseDuration(text);
  };
  const delay = (name: 'early' | 'late'): Ms | undefined => {
    if (!isOn(`${name}-fire.enabled`)) return undefined;
    const found = duration(`${name}-fire.delay`);
    if (found !== undefined && found >= 0) return found;
    const what = name === 'early' ? 'Early' : 'Late';
    throw refused(`${what}-fire delay should not be null value when enabling ${name}-fire emit strategy.`, span);
  };
  const early = delay('early');
  const late = isEventTime ? delay('late') : undefined;
  const lateness = isEventTime ? (duration('allow-lateness') ?? 0) : 0;
  if (late !== undefined && lateness <= 0) {
    throw refused("The 'AllowLateness' should be a positive value when enabling late-fire emit strategy.", span);
  }
  if (early === undefined && late === undefined) return undefined;
  if (window.kind === 'session') throw refused("Session window doesn't support EMIT strategy currently.", span);
  return { early, late, lateness };
}

const refused = (reason: string, span: Span | undefined): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', reason, { span });
