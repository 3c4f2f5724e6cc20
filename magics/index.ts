import type { AnyMagic } from '../kernel/magic.ts';

/** The magics that the kernel offers besides its own (kernel/builtins). */
export const magics: readonly AnyMagic[] = [];
