import { defineMagic } from '../magic.ts';
import { inspectValue } from '../display/inspect.ts';

export const who = defineMagic({
  name: 'who',
  kind: 'line',
  summary: 'names of the variables that cells have defined',
  run(_, ctx) {
    const names = ctx.variables.names();
    ctx.stdout.write(names.length === 0 ? 'no variables yet\n' : `${names.join('  ')}\n`);
  },
});

export const whos = defineMagic({
  name: 'whos',
  kind: 'line',
  summary: 'the variables with type and value',
  run(_, ctx) {
    const rows = ctx.variables.names().map((name) => {
      const value = ctx.variables.get(name);
      const text = inspectValue(value).replace(/\s+/g, ' ');
      return { name, type: typeName(value), value: text.length > 80 ? `${text.slice(0, 79)}…` : text };
    });
    return rows.length === 0 ? undefined : rows;
  },
});

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
}

export const reset = defineMagic({
  name: 'reset',
  kind: 'line',
  summary: 'forget all variables of the cells',
  options: { force: { type: 'flag', short: 'f', help: 'accepted for IPython habits: nothing is asked anyway' } },
  run(_, ctx) {
    const names = ctx.variables.names();
    ctx.variables.clear();
    ctx.stdout.write(`${names.length} variables forgotten\n`);
  },
});
