/** The Jupyter messages, protocol 5.5: content types by message type. Source: jupyter_client, docs/messaging.rst. */

export const protocolVersion = '5.5';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
type Data = Readonly<Record<string, unknown>>;
type Empty = Readonly<Record<never, never>>;

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  /** ISO 8601. */
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
  readonly subshell_id?: string | null;
}

export interface ErrorContent {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type Ok<T> = T & { readonly status: 'ok' };
export type Failed = ErrorContent & { readonly status: 'error' };

/** `page` shows help, `set_next_input` writes a cell. */
export type Payload =
  | { readonly source: 'page'; readonly data: Data; readonly start: number }
  | { readonly source: 'set_next_input'; readonly text: string; readonly replace: boolean };

export interface DisplayContent {
  readonly data: Data;
  readonly metadata: Data;
  readonly transient?: { readonly display_id?: string };
}

/** What clients send. */
export interface RequestContent {
  kernel_info_request: Empty;
  execute_request: {
    readonly code: string;
    readonly silent?: boolean;
    readonly store_history?: boolean;
    readonly user_expressions?: Readonly<Record<string, string>>;
    readonly allow_stdin?: boolean;
    readonly stop_on_error?: boolean;
  };
  complete_request: { readonly code: string; readonly cursor_pos: number };
  inspect_request: { readonly code: string; readonly cursor_pos: number; readonly detail_level?: number };
  is_complete_request: { readonly code: string };
  history_request: {
    readonly output?: boolean;
    readonly raw?: boolean;
    readonly hist_access_type: 'range' | 'tail' | 'search';
    readonly session?: number;
    readonly start?: number;
    readonly stop?: number | null;
    readonly n?: number;
    readonly pattern?: string;
    readonly unique?: boolean;
  };
  comm_info_request: { readonly target_name?: string };
  connect_request: Empty;
  interrupt_request: Empty;
  shutdown_request: { readonly restart?: boolean };
}

/** What each request is answered with, when all went well. */
export interface ReplyContent {
  kernel_info_request: {
    readonly protocol_version: string;
    readonly implementation: string;
    readonly implementation_version: string;
    readonly language_info: {
      readonly name: string;
      readonly version: string;
      readonly mimetype: string;
      readonly file_extension: string;
      readonly pygments_lexer: string;
      readonly codemirror_mode: string;
      readonly nbconvert_exporter: string;
    };
    readonly banner: string;
    readonly help_links: readonly { readonly text: string; readonly url: string }[];
    readonly supported_features: readonly string[];
  };
  execute_request: {
    readonly execution_count: number;
    readonly payload: readonly Payload[];
    readonly user_expressions: Data;
  };
  complete_request: {
    readonly matches: readonly string[];
    readonly cursor_start: number;
    readonly cursor_end: number;
    readonly metadata: Data;
  };
  inspect_request: { readonly found: boolean; readonly data: Data; readonly metadata: Data };
  is_complete_request: never;
  history_request: {
    readonly history: readonly (readonly [
      session: number,
      line: number,
      input: string | readonly [string, string | null],
    ])[];
  };
  comm_info_request: { readonly comms: Readonly<Record<string, { readonly target_name: string }>> };
  connect_request: Readonly<Record<`${'shell' | 'iopub' | 'stdin' | 'hb' | 'control'}_port`, number>>;
  interrupt_request: Empty;
  shutdown_request: { readonly restart: boolean };
}

export type IsCompleteContent =
  { readonly status: 'complete' | 'invalid' | 'unknown' } | { readonly status: 'incomplete'; readonly indent: string };

/** What the kernel publishes to everybody. */
export interface IopubContent {
  status: { readonly execution_state: 'busy' | 'idle' | 'starting' };
  execute_input: { readonly code: string; readonly execution_count: number };
  stream: { readonly name: 'stdout' | 'stderr'; readonly text: string };
  display_data: DisplayContent;
  update_display_data: DisplayContent;
  execute_result: DisplayContent & { readonly execution_count: number };
  error: ErrorContent;
  clear_output: { readonly wait: boolean };
  iopub_welcome: { readonly subscription: string };
  shutdown_reply: Ok<{ readonly restart: boolean }>;
  comm_open: { readonly comm_id: string; readonly target_name: string; readonly data: unknown };
  comm_msg: { readonly comm_id: string; readonly data: unknown };
  comm_close: { readonly comm_id: string; readonly data: unknown };
}

/** Comm messages go both ways without a reply. */
export type CommType = 'comm_open' | 'comm_msg' | 'comm_close';

export interface StdinContent {
  input_request: { readonly prompt: string; readonly password: boolean };
  input_reply: { readonly value: string };
}

export type RequestType = keyof RequestContent;
export type IopubType = keyof IopubContent;

/** A reply is the content with its status, an error, or (execute only) aborted. */
export type ReplyOf<T extends RequestType> =
  | (T extends 'is_complete_request' ? IsCompleteContent : Ok<ReplyContent[T]>)
  | (Failed & (T extends 'execute_request' ? { readonly execution_count: number } : unknown))
  | (T extends 'execute_request' ? { readonly status: 'aborted' } : never);

/** Content by message type, whatever the channel. */
export type ContentOf<T extends RequestType | IopubType | keyof StdinContent> = T extends RequestType
  ? RequestContent[T]
  : T extends IopubType
    ? IopubContent[T]
    : T extends keyof StdinContent
      ? StdinContent[T]
      : never;

/** A received message, verified. */
export interface Message {
  /** ROUTER identities: where a reply goes. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | Empty;
  readonly metadata: Data;
  readonly content: unknown;
  readonly buffers: readonly Buffer[];
}
