import type { CellRun } from '../cell/cell-run.ts';
import { KernelInterrupt } from '../cell/cell-run.ts';
import type { Channel } from './channel.ts';
import type { SharedControl } from './shared-control.ts';

/** Questions to the user: `await input('Name: ')`, and `prompt('Name: ')`, which blocks as in a browser. */
export class InputRequests {
  readonly #channel: Channel;
  readonly #control: SharedControl;
  readonly #waiting = new Map<number, (value: string | undefined) => void>();
  #questions = 0;

  constructor(channel: Channel, control: SharedControl) {
    this.#channel = channel;
    this.#control = control;
  }

  async ask(cell: CellRun, prompt: string, password: boolean): Promise<string> {
    this.#check(cell);
    const question = ++this.#questions;
    const answer = new Promise<string | undefined>((resolve) => this.#waiting.set(question, resolve));
    this.#channel.send({ type: 'input_request', run: cell.run, question, prompt, password });
    const value = await cell.guard(answer);
    if (value === undefined) throw new Error('the question was not answered');
    return value;
  }

  /** null when the user gives no answer, as in a browser. */
  askBlocking(cell: CellRun, prompt: string): string | null {
    this.#check(cell);
    const question = ++this.#questions;
    const ask = (): void =>
      this.#channel.send({ type: 'input_request', run: cell.run, question, prompt, password: false });
    const value = this.#control.waitForInput(question, ask);
    if (cell.interrupted) throw new KernelInterrupt();
    return value ?? null;
  }

  answered(question: number, value: string | undefined): void {
    this.#waiting.get(question)?.(value);
    this.#waiting.delete(question);
  }

  #check(cell: CellRun): void {
    if (!cell.allowStdin)
      throw new Error('this front end cannot ask for input (a notebook that is executed without a person)');
  }
}
