import type { AnyMagic } from '../magic.ts';
import { cd, pwd } from './cd.ts';
import { env } from './env.ts';
import { accepted } from './accepted.ts';
import { html, markdown } from './markup.ts';
import { lsmagic } from './lsmagic.ts';
import { bash, npm, shell } from './shell.ts';
import { time } from './time.ts';
import { reset, who, whos } from './who.ts';
import { writefile } from './writefile.ts';

/** The magics that know nothing of streams: habits from IPython. */
export const builtins: readonly AnyMagic[] = [
  bash,
  cd,
  env,
  html,
  lsmagic,
  markdown,
  npm,
  pwd,
  reset,
  shell,
  time,
  who,
  whos,
  writefile,
  ...accepted,
];
