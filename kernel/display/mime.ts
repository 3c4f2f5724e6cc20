import type { MimeBundle } from '../magic.ts';
import { displaySymbol } from '../magic.ts';
import { cut } from './html.ts';
import { inspectValue } from './inspect.ts';
import { arrowRowsOf, rowsOf, tableHtml } from './table.ts';

/** Larger bundles are replaced by a note (characters of all entries together): a page cannot show them, a notebook cannot be saved. */
const MAX_BUNDLE = 20_000_000;

/** What a value looks like: a bundle now or later, or bundles that follow each other. */
export type Look = MimeBundle | Promise<MimeBundle> | AsyncIterable<MimeBundle>;

/**
 * The look of any value. An object's own `[Symbol.for('Jupyter.display')]()` comes first; then images by their first bytes, Plotly figures
 * (`{data, layout}`), Vega-Lite specifications, lists of objects as tables; text of anything else. What comes out of a value is escaped.
 */
export function lookOf(value: unknown): Look {
  const own = ownLook(value);
  if (own !== undefined) return own;
  return bounded(valueBundle(value));
}

/** `display('text')` shows the text itself, a result `'text'` shows a string. */
export function textBundle(text: string): MimeBundle {
  return { 'text/plain': cut(text, 1_000_000) };
}

/** A bundle as the front end may get it: entries that JSON cannot hold or that are too large are replaced. */
export function bounded(bundle: MimeBundle): MimeBundle {
  const safe: Record<string, unknown> = {};
  let room = MAX_BUNDLE;
  for (const [type, data] of Object.entries(bundle)) {
    if (data === undefined || !/^[\w\-+.]+\/[\w\-+.]+$/.test(type)) continue;
    const size = sizeOf(data);
    if (size === undefined) continue;
    if (size > room) safe['text/plain'] ??= `<output of ${(size / 1e6).toFixed(0)} MB is too large to show>`;
    else safe[type] = data;
    room -= Math.min(size, room);
  }
  return safe;
}

/** Characters of JSON; undefined for what JSON cannot hold (cycles, bigints). */
function sizeOf(data: unknown): number | undefined {
  if (typeof data === 'string') return data.length;
  try {
    return (JSON.stringify(data) as string | undefined)?.length;
  } catch {
    return undefined;
  }
}

function ownLook(value: unknown): Look | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  let method: unknown;
  try {
    method = (value as Record<symbol, unknown>)[displaySymbol];
  } catch {
    return undefined;
  }
  if (typeof method !== 'function') return undefined;
  const look = method.call(value) as Look;
  if (isAsyncIterable(look)) return look;
  return look instanceof Promise ? look.then(bounded) : bounded(look);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<MimeBundle> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function valueBundle(value: unknown): MimeBundle {
  const text = { 'text/plain': inspectValue(value) };
  if (typeof value !== 'object' || value === null) return text;
  try {
    if (value instanceof Uint8Array) return { ...imageBundle(value), ...text };
    const table = rowsOf(value) ?? arrowRowsOf(value);
    if (table !== undefined) return { 'text/html': tableHtml(table.rows, table.total), ...text };
    return { ...figureBundle(value as Readonly<Record<string, unknown>>), ...text };
  } catch {
    // a proxy or a getter that throws: the text says so
    return text;
  }
}

/** `{data: […], layout}` as Plotly takes it, `{$schema: …vega-lite…}` as Vega does. */
function figureBundle(value: Readonly<Record<string, unknown>>): MimeBundle {
  const keys = Object.keys(value);
  const plotlyKeys = ['data', 'layout', 'config', 'frames'];
  if (Array.isArray(value['data']) && 'layout' in value && keys.every((key) => plotlyKeys.includes(key))) {
    const { data, layout, config, frames } = value;
    const note = '<em>Plotly figure: shown where the Millrace or the Plotly extension is installed</em>';
    return { 'application/vnd.plotly.v1+json': { data, layout, config, frames }, 'text/html': note };
  }
  const schema = value['$schema'];
  const version = typeof schema === 'string' ? /vega-lite\/v(\d)/.exec(schema)?.[1] : undefined;
  return version === undefined ? {} : { [`application/vnd.vegalite.v${version}+json`]: value };
}

const imageStarts: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];

/** PNG, JPEG or GIF by its first bytes; {} for other bytes. */
export function imageBundle(bytes: Uint8Array): MimeBundle {
  const type = imageStarts.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0];
  return type === undefined
    ? {}
    : { [type]: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}
