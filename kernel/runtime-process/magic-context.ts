import type { CellRun } from '../cell/cell-run.ts';
import type { Evaluator } from '../cell/evaluate.ts';
import type { MagicRegistry } from '../cell/magic-registry.ts';
import type { UserNames } from '../cell/user-names.ts';
import type { Displays } from '../display/displays.ts';
import type { Comms, LiveDisplays, MagicContext, Variables } from '../magic.ts';
import type { Channel } from './channel.ts';
import type { InputRequests } from './input.ts';

/** What all contexts share. */
export interface ContextParts {
  readonly directory: string;
  readonly channel: Channel;
  readonly displays: Displays;
  readonly liveDisplays: LiveDisplays;
  readonly comms: Comms;
  readonly input: InputRequests;
  readonly variables: Variables;
  readonly onShutdown: (hook: () => void | Promise<void>) => void;
  /** Filled in last: the registry holds magics, which hold nothing of this. */
  readonly magics: () => MagicRegistry;
  readonly evaluator: () => Evaluator;
}

export function makeContext(parts: ContextParts, cell: CellRun): MagicContext {
  return {
    cell,
    directory: parts.directory,
    signal: cell.signal,
    stdout: { write: (text) => cell.output.write('stdout', text) },
    stderr: { write: (text) => cell.output.write('stderr', text) },
    display: (value, options) => parts.displays.display(cell, value, options),
    clearOutput: (wait = false) => cell.output.publish({ type: 'clear_output', content: { wait } }),
    variables: parts.variables,
    comms: parts.comms,
    liveDisplays: parts.liveDisplays,
    magics: parts.magics().all,
    runCell: async (code) => (await parts.evaluator().evaluate(code, cell)).value,
    input: (prompt, options) => parts.input.ask(cell, prompt, options?.password === true),
    setNextInput: (text, replace = false) => void cell.payload.push({ source: 'set_next_input', text, replace }),
    onShutdown: parts.onShutdown,
  };
}

/** The user's variables, as magics see them. */
export function makeVariables(names: UserNames, channel: Channel): Variables {
  return {
    has: (name) => names.has(name),
    get: (name) => names.get(name),
    set(name, value, valueType = 'any') {
      names.set(name, value);
      channel.send({ type: 'declared', name, valueType });
    },
    names: () => names.names(),
    clear: () => names.clear(),
  };
}
