/**
 * Documents of type VARIANT. A value is its text in a normal form, so that equal documents are equal strings: JSON without blanks, names of objects
 * in the order of UTF-16 units, strings escaped as Jackson does, and numbers by what they are to Flink:
 *
 *   12345                 a BIGINT, or a DECIMAL of up to 38 digits when it is larger
 *   1.50                  a DECIMAL with the digits that were written
 *   1000.0E0, 1.0E-7      a DOUBLE: always with an exponent
 */
import { doubleToText } from './number-text.ts';

const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.E+-]*/g;

/** The document as JSON, as JSON_STRING and results show it: decimals without zeros at their end, doubles as Java writes them. */
export function variantToJson(document: string): string {
  return document.replace(token, (text) => (text.startsWith('"') ? text : numberText(text)));
}

function numberText(text: string): string {
  if (text.includes('E')) return doubleToText(Number(text));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The DOUBLE as it stands in a document. */
export function doubleInVariant(value: number): string {
  const text = doubleToText(value);
  return text.includes('E') ? text : `${text}E0`;
}
