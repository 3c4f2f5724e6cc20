/**
 * The next steps of several iterators, without racing promises: a race leaves a reaction on each loser, which a silent source
 * would collect for ever.
 */
export class Steps {
  readonly #asked = new Set<AsyncIterator<void>>();
  readonly #ready: { readonly of: AsyncIterator<void>; readonly done: boolean; readonly error: unknown }[] = [];
  #wake: (() => void) | undefined;

  ask(of: AsyncIterator<void>): void {
    if (this.#asked.has(of)) return;
    this.#asked.add(of);
    of.next().then(
      ({ done }) => this.#arrive({ of, done: done === true, error: undefined }),
      (error: unknown) => this.#arrive({ of, done: true, error }),
    );
  }
  #arrive(step: { of: AsyncIterator<void>; done: boolean; error: unknown }): void {
    this.#ready.push(step);
    this.wake();
  }
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
  /** The next step that is there, of `of` if given; undefined after a wake without one. Throws what a step threw. */
  async next(of?: AsyncIterator<void>): Promise<{ of: AsyncIterator<void>; done: boolean } | undefined> {
    if (this.#find(of) < 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const at = this.#find(of);
    if (at < 0) return undefined;
    const [step] = this.#ready.splice(at, 1);
    this.#asked.delete(step!.of);
    if (step!.error !== undefined) throw step!.error;
    return step;
  }
  #find(of: AsyncIterator<void> | undefined): number {
    return this.#ready.findIndex((step) => of === undefined || step.of === of || step.error !== undefined);
  }
}
