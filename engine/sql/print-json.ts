/** The SQL/JSON functions → text. */
import type { JsonArray, JsonBehavior, JsonCall, JsonObject } from './ast-expr.ts';
import { commas, opt, type Printer, when } from './print-text.ts';
import { printType } from './print-type.ts';

const formatJson = (format: boolean): string => when(format, ' FORMAT JSON');

/** Behind what stands before it, if anything does: `a, b NULL ON NULL`, `NULL ON NULL`. */
function onNull(before: string, behavior: JsonObject['onNull']): string {
  if (behavior === undefined) return before;
  return `${before}${when(before !== '', ' ')}${behavior} ON NULL`;
}

function printBehavior(p: Printer, behavior: JsonBehavior): string {
  return behavior.action === 'DEFAULT' ? `DEFAULT ${p.expr(behavior.value)}` : behavior.action;
}

export const jsonPrinters = {
  jsonCall: (p: Printer, e: JsonCall): string =>
    `${e.name}(${p.expr(e.operand)}, ${p.expr(e.path)}` +
    opt(' RETURNING ', e.returning, printType) +
    opt(' ', e.wrapper, (wrapper) => `${wrapper === 'WITHOUT' ? 'WITHOUT' : `WITH ${wrapper}`} ARRAY WRAPPER`) +
    opt(' ', e.onEmpty, (behavior) => `${printBehavior(p, behavior)} ON EMPTY`) +
    opt(' ', e.onError, (behavior) => `${printBehavior(p, behavior)} ON ERROR`) +
    ')',
  jsonObject: (p: Printer, e: JsonObject): string => {
    const entries = commas(
      e.entries,
      ({ key, value, formatJson: format }) => `KEY ${p.expr(key)} VALUE ${p.expr(value)}${formatJson(format)}`,
    );
    return `JSON_OBJECT${when(e.aggregate, 'AGG')}(${onNull(entries, e.onNull)})`;
  },
  jsonArray: (p: Printer, e: JsonArray): string => {
    const items = commas(e.items, ({ value, formatJson: format }) => p.expr(value) + formatJson(format));
    const ordered = items + when(e.orderBy.length > 0, ` ${p.orderBy(e.orderBy)}`);
    return `JSON_ARRAY${when(e.aggregate, 'AGG')}(${onNull(ordered, e.onNull)})`;
  },
};
