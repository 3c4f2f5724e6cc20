/** What a run of cases prints, and its JSON form. */
import type { Outcome } from './run-case.ts';

export interface CaseResult {
  readonly id: string;
  readonly kind: string;
  readonly outcome: Outcome;
}

interface Totals {
  passed: number;
  failed: number;
  skipped: Map<string, number>;
  readonly failures: string[];
}

function totals(results: readonly CaseResult[]): Map<string, Totals> {
  const kinds = new Map<string, Totals>();
  for (const { id, kind, outcome } of results) {
    const sum: Totals = kinds.get(kind) ?? { passed: 0, failed: 0, skipped: new Map(), failures: [] };
    kinds.set(kind, sum);
    if (outcome.kind === 'skipped') sum.skipped.set(outcome.reason, (sum.skipped.get(outcome.reason) ?? 0) + 1);
    else sum[outcome.kind]++;
    if (outcome.kind === 'failed') sum.failures.push(id);
  }
  return kinds;
}

/** Each failure with its diff, then a line for each kind. */
export function reportText(results: readonly CaseResult[]): string {
  const failures = results.flatMap(({ id, outcome }) =>
    outcome.kind === 'failed' ? [`FAIL ${id}\n  ${outcome.reason.trimStart()}`] : [],
  );
  const sums = [...totals(results)].map(([kind, { passed, failed, skipped }]) => {
    const share = passed + failed === 0 ? 0 : (100 * passed) / (passed + failed);
    const left = [...skipped].map(([reason, count]) => `, ${count} left out: ${reason}`).join('');
    return `${kind.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(5)} failed  ${share.toFixed(1)} %${left}`;
  });
  return printable([...failures, ...sums].join('\n'));
}

/** Control characters as escapes, so that a report is text. */
const printable = (text: string): string =>
  text.replace(/(?!\n)\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** `{"kinds": {"program": {"passed": n, "failed": m, "failures": [id, ...]}}}` */
export function reportJson(results: readonly CaseResult[]): string {
  const kinds = [...totals(results)].map(([kind, { passed, failed, skipped, failures }]) => [
    kind,
    { passed, failed, ...(skipped.size === 0 ? {} : { skipped: Object.fromEntries(skipped) }), failures },
  ]);
  return `${JSON.stringify({ kinds: Object.fromEntries(kinds) }, undefined, 1)}\n`;
}
