/** Casts from VARIANT: a scalar of the right kind, numbers narrowed as Java does; a JSON null is NULL. */
import { MillraceError } from '../errors.ts';
import { decimalToDouble, doubleToDecimal, toDecimal } from '../types/decimal.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { variantToJson } from '../types/variant.ts';
import { noCast, type Cast } from './cast-none.ts';
import { castFromNumber, doubleToBigint, saturate } from './cast-number.ts';
import { fitText } from './cast-text.ts';

/** A number of a document: a double, or digits with a scale. */
type VariantNumber = number | { readonly unscaled: bigint; readonly scale: number };

export function castFromVariant(to: DataType): Cast {
  const make = scalarCast(to);
  return (document: string) => {
    if (document === 'null') return null;
    const value = make(document);
    if (value !== undefined) return value;
    throw new MillraceError(
      'CAST_FAILED',
      `the VARIANT ${variantToJson(document).slice(0, 100)} is no ${typeToString(to)}`,
    );
  };
}

/** `undefined` for a document of another kind. */
function scalarCast(to: DataType): (document: string) => Value | undefined {
  const numeric =
    (convert: (value: VariantNumber) => Value) =>
    (document: string): Value | undefined => {
      const value = numberOf(document);
      return value === undefined ? undefined : convert(value);
    };
  switch (to.kind) {
    case 'BOOLEAN':
      return (document) => (document === 'true' ? true : document === 'false' ? false : undefined);
    case 'TINYINT':
    case 'SMALLINT':
      return numeric((value) => castFromNumber({ kind: 'INT', nullable: false }, to)(toInt(value)) as Value);
    case 'INT':
      return numeric(toInt);
    case 'BIGINT':
      return numeric((value) =>
        typeof value === 'number' ? doubleToBigint(value) : BigInt.asIntN(64, wholeOf(value)),
      );
    case 'FLOAT':
      return numeric((value) => Math.fround(toDouble(value)));
    case 'DOUBLE':
      return numeric(toDouble);
    case 'DECIMAL':
      return numeric((value) =>
        typeof value === 'number'
          ? (doubleToDecimal(value, to.precision, to.scale) ?? null)
          : toDecimal(value.unscaled, value.scale, to.precision, to.scale),
      );
    case 'CHAR':
    case 'VARCHAR': {
      const fit = fitText(to) ?? ((text: string) => text);
      return (document) => fit(document.startsWith('"') ? (JSON.parse(document) as string) : variantToJson(document));
    }
    case 'BINARY':
    case 'VARBINARY':
    case 'DATE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return () => undefined; // no JSON text makes a document of such a kind
    default:
      return noCast({ kind: 'VARIANT', nullable: true }, to);
  }
}

function numberOf(document: string): VariantNumber | undefined {
  if (!/^[-\d]/.test(document)) return undefined;
  if (document.includes('E')) return Number(document);
  const [whole = '', fraction = ''] = document.split('.');
  return { unscaled: BigInt(whole + fraction), scale: fraction.length };
}

const wholeOf = ({ unscaled, scale }: Exclude<VariantNumber, number>): bigint => unscaled / 10n ** BigInt(scale);
const toInt = (value: VariantNumber): number =>
  typeof value === 'number' ? saturate(value) : Number(BigInt.asIntN(32, wholeOf(value)));
const toDouble = (value: VariantNumber): number =>
  typeof value === 'number' ? value : decimalToDouble(value.unscaled, value.scale);
