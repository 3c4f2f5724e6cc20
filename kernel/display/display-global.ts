import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { CellRun } from '../cell/cell-run.ts';
import type { DisplayHandle, DisplayOptions, MimeBundle } from '../magic.ts';
import type { Displays } from './displays.ts';
import { imageBundle, textBundle } from './mime.ts';

/** The function `display` that cells have. Its type for completion is in display-types.ts. */
export interface DisplayFunction {
  (value: unknown, options?: DisplayOptions): DisplayHandle;
  html(html: string): DisplayHandle;
  markdown(markdown: string): DisplayHandle;
  latex(latex: string): DisplayHandle;
  svg(svg: string): DisplayHandle;
  text(text: string): DisplayHandle;
  json(value: unknown): DisplayHandle;
  /** PNG, JPEG or GIF bytes, or a file beside the notebook (SVG too). */
  image(source: Uint8Array | string): DisplayHandle;
  bundle(bundle: MimeBundle, metadata?: Readonly<Record<string, unknown>>): DisplayHandle;
  /** Empties the output of the cell; with `wait` when the next output comes. */
  clear(wait?: boolean): void;
}

export function makeDisplay(displays: Displays, directory: string, current: () => CellRun): DisplayFunction {
  const show = (bundle: MimeBundle, options: DisplayOptions = {}): DisplayHandle =>
    displays.display(current(), undefined, { ...options, bundle });
  return Object.assign((value: unknown, options?: DisplayOptions) => displays.display(current(), value, options), {
    html: (html: string) => show({ 'text/html': html, 'text/plain': html }),
    markdown: (markdown: string) => show({ 'text/markdown': markdown, 'text/plain': markdown }),
    latex: (latex: string) => show({ 'text/latex': latex, 'text/plain': latex }),
    svg: (svg: string) => show({ 'image/svg+xml': svg, 'text/plain': '<SVG image>' }),
    text: (text: string) => show(textBundle(text)),
    json: (value: unknown) => show({ 'application/json': value, 'text/plain': JSON.stringify(value, undefined, 2) }),
    image: (source: Uint8Array | string) => show(imageOf(source, directory)),
    bundle: (bundle: MimeBundle, metadata?: Readonly<Record<string, unknown>>) =>
      show(bundle, metadata === undefined ? {} : { metadata }),
    clear: (wait = false) => current().output.publish({ type: 'clear_output', content: { wait } }),
  });
}

function imageOf(source: Uint8Array | string, directory: string): MimeBundle {
  if (typeof source === 'string' && extname(source).toLowerCase() === '.svg') {
    return { 'image/svg+xml': readFileSync(resolve(directory, source), 'utf8'), 'text/plain': source };
  }
  const bundle = imageBundle(typeof source === 'string' ? readFileSync(resolve(directory, source)) : source);
  if (Object.keys(bundle).length === 0) throw new TypeError('display.image: neither PNG, JPEG nor GIF');
  return { ...bundle, 'text/plain': typeof source === 'string' ? source : '<image>' };
}
