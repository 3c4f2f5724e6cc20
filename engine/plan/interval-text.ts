/** The text of an interval literal → months or milliseconds. */
import { MillraceError } from '../errors.ts';
import type { IntervalLiteral, IntervalUnit } from '../sql/ast-expr.ts';

/** Units from the largest, with their weight in months or milliseconds and the sign that stands before them inside a text. */
const parts: readonly { unit: IntervalUnit; weight: number; before: string }[] = [
  { unit: 'YEAR', weight: 12, before: '' },
  { unit: 'MONTH', weight: 1, before: '-' },
  { unit: 'DAY', weight: 86_400_000, before: '' },
  { unit: 'HOUR', weight: 3_600_000, before: ' ' },
  { unit: 'MINUTE', weight: 60_000, before: ':' },
  { unit: 'SECOND', weight: 1000, before: ':' },
];
const single: Readonly<Record<IntervalUnit, number>> = {
  YEAR: 12,
  QUARTER: 3,
  MONTH: 1,
  WEEK: 7 * 86_400_000,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};
/** The largest value of a field that is not the first. */
const limits: Partial<Record<IntervalUnit, number>> = { MONTH: 11, HOUR: 23, MINUTE: 59, SECOND: 59 };

/**
 * Months for YEAR and MONTH intervals, milliseconds for the others; digits below a millisecond are cut off, as in Flink.
 * @throws SQL_LITERAL when the text is not of the qualifier's form, or its first field has more digits than the qualifier gives it (2)
 */
export function parseInterval(node: IntervalLiteral): number {
  const { from, to, precision = 2 } = node.qualifier;
  const fields = to === undefined ? [from] : unitsBetween(from, to);
  const pattern = fields.map((unit, i) => (i === 0 ? '' : separator(unit)) + fieldPattern(unit)).join('');
  const match = new RegExp(`^\\s*([+-]?)\\s*${pattern}\\s*$`).exec(node.text);
  if (match === null) throw illegal(node);
  let total = 0;
  fields.forEach((unit, i) => {
    const text = match[i + 2]!;
    const [whole = '0', fraction = ''] = text.split('.');
    const value = Number(whole);
    if (i === 0 && String(value).length > precision) {
      throw new MillraceError(
        'SQL_LITERAL',
        `Interval field value ${whole} exceeds precision of ${unit}(${precision}) field`,
        {
          span: node.span,
          hint: `write ${unit}(${String(value).length})`,
        },
      );
    }
    if (i > 0 && value > limits[unit]!) throw illegal(node);
    total += value * single[unit];
    if (unit === 'SECOND') total += Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 1e-9);
  });
  return (match[1] === '-') !== node.negative ? 0 - total : total;
}

function unitsBetween(from: IntervalUnit, to: IntervalUnit): IntervalUnit[] {
  const units = parts.map((part) => part.unit);
  return units.slice(units.indexOf(from), units.indexOf(to) + 1);
}

const separator = (unit: IntervalUnit): string => {
  const { before } = parts.find((part) => part.unit === unit)!;
  return before === ' ' ? '\\s+' : before;
};
const fieldPattern = (unit: IntervalUnit): string => (unit === 'SECOND' ? '(\\d+(?:\\.\\d{0,9})?)' : '(\\d+)');

function illegal(node: IntervalLiteral): MillraceError {
  const { from, to } = node.qualifier;
  const qualifier = to === undefined ? from : `${from} TO ${to}`;
  return new MillraceError('SQL_LITERAL', `Illegal interval literal format '${node.text}' for INTERVAL ${qualifier}`, {
    span: node.span,
  });
}
