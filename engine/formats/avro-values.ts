/** Reads and passes over values of a written schema, as those of a type of ours: Avro's schema resolution. */
import { MapValue, type Value } from '../types/value.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { AvroCursor } from './avro-cursor.ts';
import type { AvroSchema } from './avro-schema.ts';

export type ReadValue = (cursor: AvroCursor) => Value;

const decoder = new TextDecoder('utf-8', { fatal: false });

/** @throws Error when nothing of the schema fits the type */
export function valueReader(written: AvroSchema, type: DataType): ReadValue {
  switch (written.type) {
    case 'union': {
      const readers = written.branches.map((branch) => branchReader(branch, type));
      return (cursor) => {
        const read = readers[cursor.int()];
        if (read === undefined) throw new Error('a union has no such branch');
        return read(cursor);
      };
    }
    case 'null':
      return () => null;
    case 'boolean':
      return requireKind(type, ['BOOLEAN'], written, (cursor) => cursor.byte() !== 0);
    case 'int':
    case 'long':
      return integerReader(written, type);
    case 'float':
      return requireKind(type, ['FLOAT', 'DOUBLE'], written, (cursor) => cursor.float());
    case 'double':
      return requireKind(type, ['DOUBLE'], written, (cursor) => cursor.double());
    case 'enum': {
      const { symbols } = written;
      return requireKind(type, ['CHAR', 'VARCHAR'], written, (cursor) => symbols[cursor.int()] ?? null);
    }
    case 'string':
    case 'bytes':
      return bytesReader(written, type, (cursor) => {
        const start = cursor.skipBytes();
        return cursor.bytes.subarray(start, cursor.at);
      });
    case 'fixed': {
      const { size } = written;
      return bytesReader(written, type, (cursor) => {
        cursor.skip(size);
        return cursor.bytes.subarray(cursor.at - size, cursor.at);
      });
    }
    case 'array': {
      if (type.kind !== 'ARRAY') throw unfit(written, type);
      const read = valueReader(written.items, type.element);
      return (cursor) => {
        const items: Value[] = [];
        eachInBlocks(cursor, () => items.push(read(cursor)));
        return items;
      };
    }
    case 'map': {
      if (type.kind !== 'MAP' && type.kind !== 'MULTISET') throw unfit(written, type);
      const item: DataType = type.kind === 'MAP' ? type.value : { kind: 'INT', nullable: false };
      const read = valueReader(written.values, item);
      return (cursor) => {
        const entries: [Value, Value][] = [];
        eachInBlocks(cursor, () => {
          const start = cursor.skipBytes();
          entries.push([decoder.decode(cursor.bytes.subarray(start, cursor.at)), read(cursor)]);
        });
        return new MapValue(entries);
      };
    }
    case 'record': {
      if (type.kind !== 'ROW') throw unfit(written, type);
      const { fields } = type;
      const steps = written.fields.map(({ name, schema }) => {
        const place = fields.findIndex((field) => field.name === name);
        return { place, read: place < 0 ? skipper(schema) : valueReader(schema, fields[place]!.type) };
      });
      return (cursor) => {
        const row = new Array<Value>(fields.length).fill(null);
        for (const { place, read } of steps) {
          const value = read(cursor);
          if (place >= 0) row[place] = value as Value;
        }
        return row;
      };
    }
  }
}

/** A branch that does not fit fails only when a value has it. */
function branchReader(branch: AvroSchema, type: DataType): ReadValue {
  try {
    return valueReader(branch, type);
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function requireKind(type: DataType, kinds: readonly string[], written: AvroSchema, read: ReadValue): ReadValue {
  if (!kinds.includes(type.kind)) throw unfit(written, type);
  return read;
}

function integerReader(written: AvroSchema, type: DataType): ReadValue {
  const read = (cursor: AvroCursor): number => (written.type === 'int' ? cursor.int() : cursor.number());
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'DATE':
    case 'TIME':
      if (written.type === 'long' && written.logical !== 'time-micros') throw unfit(written, type);
      return written.logical === 'time-micros' ? (cursor) => Math.floor(cursor.number() / 1000) : read;
    case 'BIGINT':
      return (cursor) => cursor.bigint();
    case 'FLOAT':
      return (cursor) => Math.fround(read(cursor));
    case 'DOUBLE':
      return read;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const unit =
        written.logical?.endsWith('micros') === true
          ? 1000n
          : written.logical?.endsWith('nanos') === true
            ? 1n
            : 1_000_000n;
      if (type.precision > 3) return (cursor) => cursor.bigint() * unit;
      if (unit === 1_000_000n) return read;
      const divisor = Number(1_000_000n / unit);
      return (cursor) => Math.floor(cursor.number() / divisor);
    }
    default:
      throw unfit(written, type);
  }
}

function bytesReader(written: AvroSchema, type: DataType, take: (cursor: AvroCursor) => Uint8Array): ReadValue {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return (cursor) => decoder.decode(take(cursor));
    case 'BINARY':
    case 'VARBINARY':
      return (cursor) => take(cursor).slice();
    case 'DECIMAL': {
      if (written.logical !== 'decimal') throw unfit(written, type);
      const shift = type.scale - ((written as { scale?: number }).scale ?? 0);
      return (cursor) => {
        const unscaled = bigintOf(take(cursor));
        return shift >= 0 ? unscaled * 10n ** BigInt(shift) : unscaled / 10n ** BigInt(-shift);
      };
    }
    default:
      throw unfit(written, type);
  }
}

/** A two's complement number, the most significant byte first. */
export function bigintOf(bytes: Uint8Array): bigint {
  let value = bytes.length > 0 && bytes[0]! >= 0x80 ? -1n : 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

const unfit = (written: AvroSchema, type: DataType): Error =>
  new Error(
    `Avro's ${written.type}${written.logical === undefined ? '' : ` (${written.logical})`} is no ${typeToString(type, { nullability: false })}`,
  );

export function eachInBlocks(cursor: AvroCursor, each: () => void): void {
  for (;;) {
    let count = cursor.number();
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      cursor.number();
    }
    for (let i = 0; i < count; i++) each();
  }
}

/** Passes over a value. */
export function skipper(written: AvroSchema): (cursor: AvroCursor) => null {
  switch (written.type) {
    case 'null':
      return () => null;
    case 'boolean':
      return (cursor) => (cursor.skip(1), null);
    case 'int':
    case 'long':
    case 'enum':
      return (cursor) => (cursor.long(), null);
    case 'float':
      return (cursor) => (cursor.skip(4), null);
    case 'double':
      return (cursor) => (cursor.skip(8), null);
    case 'fixed':
      return (cursor) => (cursor.skip(written.size), null);
    case 'string':
    case 'bytes':
      return (cursor) => (cursor.skipBytes(), null);
    case 'union': {
      const skips = written.branches.map(skipper);
      return (cursor) => skips[cursor.int()]!(cursor);
    }
    case 'array':
    case 'map': {
      const inner = skipper(written.type === 'array' ? written.items : written.values);
      const isMap = written.type === 'map';
      return (cursor) => {
        eachInBlocks(cursor, () => {
          if (isMap) cursor.skipBytes();
          inner(cursor);
        });
        return null;
      };
    }
    case 'record': {
      // Records may hold themselves: what is below is made when it is met.
      let skips: ((cursor: AvroCursor) => null)[] | undefined;
      return (cursor) => {
        skips ??= written.fields.map(({ schema }) => skipper(schema));
        for (const skip of skips) skip(cursor);
        return null;
      };
    }
  }
}
