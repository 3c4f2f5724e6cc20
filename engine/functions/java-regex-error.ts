/** The two ways in which a Java regular expression cannot be run. */
import { MillraceError } from '../errors.ts';

/** Thrown while reading patterns that Java itself refuses; never leaves java-regex.ts. */
export class BadPattern extends Error {}

/** A construct of Java's that has no exact counterpart here. */
export function unsupportedRegex(what: string): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', `the regular expression uses ${what}, which Millrace does not support`);
}
