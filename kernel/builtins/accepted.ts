import type { AnyMagic } from '../magic.ts';
import { defineMagic } from '../magic.ts';

/** Lines that people paste from Python notebooks. They have nothing to do here and do no harm. */
export const accepted: readonly AnyMagic[] = [
  ['load_ext', 'nothing to load: all magics are there'],
  ['reload_ext', 'nothing to reload'],
  ['matplotlib', 'nothing to switch on: figures of %%python cells are shown'],
  ['autoreload', 'nothing to switch on: files beside the notebook are read again when they change'],
].map(([name, summary]) =>
  defineMagic({
    name: name!,
    kind: 'line',
    summary: summary!,
    arguments: [{ name: 'ANYTHING', help: 'not looked at', rest: true }],
    run: () => undefined,
  }),
);
