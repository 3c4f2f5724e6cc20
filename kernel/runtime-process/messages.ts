import type { DisplayContent, ErrorContent, Payload } from '../protocol/message.ts';

/**
 * What kernel process and runtime process say to each other. `run` numbers one execution of a cell, from 1; `request` one question.
 *
 * File descriptors of the runtime process:
 *   1, 2  stdout and stderr of native code and of child processes
 *   3     kernel → runtime: ToRuntime, read by the main thread's event loop
 *   4     runtime → kernel: FromRuntime, written with blocking writes, so a slow kernel slows the cell and nothing piles up
 *   5     kernel ⇄ agent: ToAgent, read by the agent's worker thread, which also answers while the main thread spins
 */

export const fileDescriptors = { toRuntime: 3, fromRuntime: 4, agent: 5 } as const;

type Data = Readonly<Record<string, unknown>>;

export interface ExecuteMessage {
  readonly type: 'execute';
  readonly run: number;
  readonly code: string;
  readonly count: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly cellId: string | undefined;
  readonly userExpressions: Readonly<Record<string, string>>;
}

export type ToRuntime =
  | ExecuteMessage
  | {
      readonly type: 'comm_open';
      readonly request: number;
      readonly commId: string;
      readonly target: string;
      readonly data: unknown;
    }
  | {
      readonly type: 'comm_msg' | 'comm_close';
      readonly request: number;
      readonly commId: string;
      readonly data: unknown;
    }
  | { readonly type: 'complete' | 'inspect'; readonly request: number; readonly code: string; readonly caret: number }
  | { readonly type: 'input_reply'; readonly question: number; readonly value: string | undefined }
  | { readonly type: 'shutdown' };

/** Orders to the agent. `run` is the running cell, 0 when none runs. */
export type ToAgent =
  | { readonly type: 'interrupt'; readonly run: number }
  | { readonly type: 'input_reply'; readonly question: number; readonly value: string | undefined };

export interface ReadyMessage {
  readonly type: 'ready';
  /** The kernel's own and the magics' names: the language service and the completer know them. */
  readonly magics: readonly MagicInfo[];
}

/** What the kernel process knows of a magic: enough to complete its first line. */
export interface MagicInfo {
  readonly names: readonly string[];
  readonly kind: 'line' | 'cell' | 'both';
  readonly summary: string;
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly help: string;
    readonly choices: readonly string[];
  }[];
}

/** `question` counts the questions of the process, from 1. */
export interface InputRequestMessage {
  readonly type: 'input_request';
  readonly run: number;
  readonly question: number;
  readonly prompt: string;
  readonly password: boolean;
}

export type RunResult =
  | {
      readonly status: 'ok';
      readonly payload: readonly Payload[];
      readonly userExpressions: Data;
    }
  | { readonly status: 'error'; readonly error: ErrorContent };

export interface DoneMessage {
  readonly type: 'done';
  readonly run: number;
  readonly result: RunResult;
  /** The result as text, for the history; undefined when nothing was shown. */
  readonly output: string | undefined;
  /** Names that the user's cells define now. */
  readonly names: readonly string[];
}

/** Published with the parent of its run. */
export type PublishMessage =
  | { readonly type: 'display_data' | 'update_display_data'; readonly run: number; readonly content: DisplayContent }
  | { readonly type: 'execute_result'; readonly run: number; readonly content: DisplayContent }
  | { readonly type: 'error'; readonly run: number; readonly content: ErrorContent }
  | { readonly type: 'clear_output'; readonly run: number; readonly content: { readonly wait: boolean } }
  | {
      readonly type: 'stream';
      readonly run: number;
      readonly content: { readonly name: 'stdout' | 'stderr'; readonly text: string };
    }
  | {
      readonly type: 'comm_open';
      readonly run: number;
      readonly metadata: Data;
      readonly content: { readonly comm_id: string; readonly target_name: string; readonly data: unknown };
    }
  | {
      readonly type: 'comm_msg' | 'comm_close';
      readonly run: number;
      readonly metadata: Data;
      readonly content: { readonly comm_id: string; readonly data: unknown };
    };

export type FromRuntime =
  | ReadyMessage
  /** The code of the run is about to run: if the process dies before, the run may be given to its successor. */
  | { readonly type: 'begun'; readonly run: number }
  | PublishMessage
  | DoneMessage
  | { readonly type: 'answer'; readonly request: number; readonly content: unknown }
  | InputRequestMessage
  /** Source of a cell that the language service shall know, and types of variables that magics made. */
  | { readonly type: 'declared'; readonly name: string; readonly valueType: string }
  /** Live outputs, comms and jobs that would be lost with the process: said when it dies. */
  | { readonly type: 'holding'; readonly liveDisplays: number };

/** Written to fd 1 and 2 at the end of a run, so that the kernel knows that it has read all output of the cell. No program prints it by chance. */
export function streamMark(run: number): string {
  return `\u0000\u0001millrace:${run}\u0001\u0000`;
}
