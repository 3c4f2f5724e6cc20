/** What kernel process and language thread say to each other. Offsets are UTF-16 units in the cell. */
export type ToLanguageWorker =
  | { readonly type: 'cell'; readonly code: string }
  | { readonly type: 'declare'; readonly name: string; readonly valueType: string }
  | { readonly type: 'reset' }
  | { readonly type: 'warm'; readonly request: number }
  | { readonly type: 'complete' | 'inspect'; readonly request: number; readonly code: string; readonly caret: number };

export interface FromLanguageWorker {
  readonly request: number;
  /** complete: Completion[]; inspect: a MIME bundle or null; undefined when the compiler failed. */
  readonly answer: unknown;
}
