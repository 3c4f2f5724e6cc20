import { parentPort, workerData } from 'node:worker_threads';
import { displayTypes } from '../display/display-types.ts';
import { CellProgram } from './cell-program.ts';
import type { FromLanguageWorker, ToLanguageWorker } from './language-messages.ts';

/** Entry of the language thread. */

const { directory } = workerData as { readonly directory: string };
const program = new CellProgram(directory, displayTypes);

parentPort!.on('message', (message: ToLanguageWorker) => {
  switch (message.type) {
    case 'cell':
      return program.addCell(message.code);
    case 'declare':
      return program.declare(message.name, message.valueType);
    case 'reset':
      return program.reset();
    case 'warm':
      return answer(message.request, () => program.complete('process.', 'process.'.length).length);
    case 'complete':
      return answer(message.request, () => program.complete(message.code, message.caret));
    case 'inspect':
      return answer(message.request, () => program.inspect(message.code, message.caret) ?? null);
  }
});

/** A failure of the compiler on half-written code is no answer, not the end of the thread. */
function answer(request: number, make: () => unknown): void {
  let found: unknown;
  try {
    found = make();
  } catch {
    found = undefined;
  }
  parentPort!.postMessage({ request, answer: found } satisfies FromLanguageWorker);
}
