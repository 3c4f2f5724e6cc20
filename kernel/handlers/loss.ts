import type { ErrorContent } from '../protocol/message.ts';
import type { Loss } from '../runtime-process/host.ts';

const MAX_NAMES = 12;

/** What the user is told when the runtime process has ended without being asked to. */
export function lossMessage(loss: Loss, names: readonly string[]): ErrorContent {
  const evalue = `${reason(loss)}; a new process is ready`;
  const lost = [
    names.length === 0
      ? undefined
      : `${names.length === 1 ? 'the variable' : `${names.length} variables`} (${list(names)})`,
    loss.liveDisplays === 0
      ? undefined
      : `${loss.liveDisplays} running ${loss.liveDisplays === 1 ? 'output' : 'outputs'}`,
  ].filter((part) => part !== undefined);
  const traceback = [`RuntimeExited: ${evalue}`];
  traceback.push(
    lost.length === 0 ? 'Nothing was lost but what this cell did.' : `Lost: ${lost.join(', ')}. Run their cells again.`,
  );
  return { ename: 'RuntimeExited', evalue, traceback };
}

function reason(loss: Loss): string {
  switch (loss.cause) {
    case 'exit':
      return loss.run === 0
        ? `the process of the cells has ended with exit code ${loss.exitCode ?? 0}`
        : `the cell has ended its process (exit code ${loss.exitCode ?? 0})`;
    case 'memory':
      return 'the process of the cells ran out of memory';
    case 'interrupt':
      return 'the cell did not react to Stop and its process was ended';
    case 'signal':
      return `the process of the cells was ended by ${loss.signal ?? 'a signal'}`;
  }
}

function list(names: readonly string[]): string {
  return names.length <= MAX_NAMES ? names.join(', ') : `${names.slice(0, MAX_NAMES).join(', ')}, …`;
}
