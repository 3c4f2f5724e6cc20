/**
 * A single value outside of columns: in literals, in the interpreter, in rows for display, inline data and row UDFs.
 * SQL NULL is `null`. By type:
 *
 *   BOOLEAN                          boolean
 *   TINYINT SMALLINT INT             number (integer)
 *   BIGINT                           bigint
 *   FLOAT DOUBLE                     number (a FLOAT is always Math.fround-ed)
 *   DECIMAL(p, s)                    bigint, unscaled: 1.50 as DECIMAL(3, 2) is 150n
 *   CHAR VARCHAR                     string
 *   BINARY VARBINARY                 Uint8Array
 *   DATE                             number, days since 1970-01-01
 *   TIME                             number, milliseconds of the day
 *   TIMESTAMP(p) TIMESTAMP_LTZ(p)    p <= 3: number, milliseconds since 1970-01-01T00:00 (wall clock, or instant for LTZ)
 *                                    p > 3:  bigint, nanoseconds since then
 *   INTERVAL_YEAR_MONTH              number, months
 *   INTERVAL_DAY_TIME                number, milliseconds
 *   ARRAY                            readonly Value[]
 *   MAP                              MapValue: entries in order of insertion
 *   MULTISET                         MapValue from element to count (number)
 *   ROW, STRUCTURED                  readonly Value[], one per field
 *   VARIANT                          string: the document in the normal form of functions/variant.ts
 *   BITMAP                           Uint8Array: the members in the normal form of functions/bitmap.ts
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | MapValue;

/** Entries of a MAP or MULTISET. Keys are compared by SQL equality, so this is no JavaScript Map. */
export class MapValue {
  readonly entries: readonly (readonly [Value, Value])[];
  constructor(entries: readonly (readonly [Value, Value])[]) {
    this.entries = entries;
  }
}

/** Milliseconds since the epoch. May be -Infinity (no watermark yet) or Infinity (end of input) where a watermark is meant. */
export type EpochMs = number;
/** A duration in milliseconds. */
export type Ms = number;
