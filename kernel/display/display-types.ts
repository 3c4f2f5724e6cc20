/** The kernel's globals as TypeScript declarations, for the language service. */
export const displayTypes = `
interface MillraceDisplayHandle { readonly id: string; update(value: unknown): void; close(): void; readonly done: Promise<void>; }
interface MillraceDisplay {
  /** Shows a value below the cell: tables, images, Plotly figures, live outputs. */
  (value: unknown, options?: { id?: string; metadata?: Record<string, unknown> }): MillraceDisplayHandle;
  html(html: string): MillraceDisplayHandle;
  markdown(markdown: string): MillraceDisplayHandle;
  latex(latex: string): MillraceDisplayHandle;
  svg(svg: string): MillraceDisplayHandle;
  text(text: string): MillraceDisplayHandle;
  json(value: unknown): MillraceDisplayHandle;
  /** PNG, JPEG or GIF bytes, or a file beside the notebook. */
  image(source: Uint8Array | string): MillraceDisplayHandle;
  /** MIME type → data. */
  bundle(bundle: Record<string, unknown>, metadata?: Record<string, unknown>): MillraceDisplayHandle;
  /** Empties the output of the cell; with \`wait\` when the next output comes. */
  clear(wait?: boolean): void;
}
declare const display: MillraceDisplay;
/** Asks the user for a line of text. */
declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;
/** Asks the user for a line of text; the cell waits. */
declare function prompt(text?: string): string | null;
/** The running cell: its signal is aborted by Stop. */
declare const cell: { readonly id: string | undefined; readonly executionCount: number; readonly signal: AbortSignal };
`;
