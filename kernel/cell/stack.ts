import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { visible } from './compile.ts';

/** Stacks as the user knows the code: cells by number and line of what was typed, none of the kernel's own frames. */

export interface SourceOf {
  readonly source: string;
  original(line: number, column: number): { line: number; column: number };
}

/** Where in the user's code an error came from, for the excerpt; 1-based. */
export interface Place {
  readonly script: string;
  readonly line: number;
  readonly column: number;
}

const scripts = new Map<string, SourceOf>();
const MAX_SCRIPTS = 5000;
/** Folder of the compiled kernel: its frames are left out. */
const ownFolder = fileURLToPath(new URL('../', import.meta.url));

/** For those who work on the kernel itself. */
const showOwnFrames = process.env['MILLRACE_DEBUG'] !== undefined;

/** Code that was compiled from something else: a cell ("Cell [3]") or a TypeScript file (its path). */
export function registerScript(name: string, script: SourceOf): void {
  scripts.delete(name);
  scripts.set(name, script);
  if (scripts.size > MAX_SCRIPTS) scripts.delete(scripts.keys().next().value!);
}

export function sourceOf(name: string): string | undefined {
  return scripts.get(name)?.source;
}

/** `error.stack` for all code of this process, also when the user's own code reads it. */
export function installStackTraces(): void {
  Error.stackTraceLimit = 30;
  Error.prepareStackTrace = (error, sites) => {
    const frames = showOwnFrames ? sites.map(String) : userFrames(sites);
    return [visible(String(errorHeader(error))), ...frames.map((line) => `    at ${line}`)].join('\n');
  };
}

/** `Name: message`, also for errors whose own toString fails. */
export function errorHeader(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

/** The topmost place in a cell or a file of the user that a formatted stack names. */
export function placeInStack(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const cell = /(Cell \[[^\]]*\]), line (\d+)(?:, column (\d+))?/.exec(line);
    if (cell !== null) return { script: cell[1]!, line: Number(cell[2]), column: Number(cell[3] ?? 1) };
    const file = /\(?((?:\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (file !== null && scripts.has(file[1]!))
      return { script: file[1]!, line: Number(file[2]), column: Number(file[3]) };
  }
  return undefined;
}

/** Down to the last frame of the user's code; what called it is the kernel. */
function userFrames(sites: readonly NodeJS.CallSite[]): string[] {
  const last = sites.findLastIndex((site) => scripts.has(site.getFileName() ?? ''));
  const shown = last < 0 ? sites : sites.slice(0, last + 1);
  return shown.map(frame).filter((line) => line !== undefined);
}

function frame(site: NodeJS.CallSite): string | undefined {
  const file = site.getFileName() ?? undefined;
  if (file !== undefined && isOwn(file)) return undefined;
  const script = file === undefined ? undefined : scripts.get(file);
  if (file === undefined || script === undefined) return visible(String(site));
  const { line, column } = script.original(site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1);
  const place = file.startsWith('Cell [') ? `${file}, line ${line}, column ${column}` : `${file}:${line}:${column}`;
  const name = callee(site);
  return name === undefined ? place : `${visible(name)} (${place})`;
}

function callee(site: NodeJS.CallSite): string | undefined {
  const name = site.getFunctionName();
  if (name === null || name === '') return undefined;
  const prefix = site.isAsync() ? 'async ' : site.isConstructor() ? 'new ' : '';
  return prefix + name;
}

function isOwn(file: string): boolean {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return path.startsWith(ownFolder.endsWith(sep) ? ownFolder : ownFolder + sep) || path.startsWith('node:internal/');
}
