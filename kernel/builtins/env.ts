import { MagicUsageError, defineMagic } from '../magic.ts';

const SECRET = /pass|secret|token|key|credential|auth/i;

export const env = defineMagic({
  name: 'env',
  kind: 'line',
  summary: 'show or set environment variables of the cells',
  description:
    '%env            all variables; values of names that look like secrets are hidden\n%env HOME       one\n%env A=1        set',
  arguments: [{ name: 'NAME[=VALUE]', help: 'a variable to show or to set', rest: true }],
  run(call, ctx) {
    const word = call.arguments['NAME[=VALUE]'];
    if (word === undefined) {
      const shown = Object.entries(process.env).map(([name, value]) => [name, SECRET.test(name) ? '<hidden>' : value]);
      return Object.fromEntries(shown) as Record<string, string>;
    }
    const match = /^([^=\s]+)(?:\s*=\s*|\s+)([^]*)$/.exec(word);
    if (match !== null) {
      process.env[match[1]!] = match[2]!;
      ctx.stdout.write(`${match[1]!} set\n`);
      return undefined;
    }
    const value = process.env[word];
    if (value === undefined)
      throw new MagicUsageError(`there is no environment variable ${word}`, `set it: %env ${word}=VALUE`);
    return value;
  },
});
