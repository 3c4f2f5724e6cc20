/** Digests as hexadecimal text, and HASH_CODE of Java. */
import { createHash } from 'node:crypto';
import { MillraceError } from '../errors.ts';
import { CHAR, INT, STRING, VARCHAR, type DataType } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { decimalHash, doubleHash, floatHash, longHash, stringHash } from './java-hash.ts';
import {
  defineScalar,
  integer,
  literalInteger,
  strictly,
  textOrBytes,
  type Closure,
  type Parameter,
} from './scalar-define.ts';
import { millisOf, nanosOf } from './scalar-time-value.ts';

const digest = (algorithm: string, value: string | Uint8Array): string =>
  createHash(algorithm).update(value).digest('hex');

function digestFunction(name: string, algorithm: string, digits: number): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(string)`,
    summary: `The ${algorithm} digest of the string (or bytes) as ${digits} hexadecimal digits.`,
    params: [[textOrBytes]],
    returns: strictly(CHAR(digits)),
    run: (value: string | Uint8Array) => digest(algorithm, value),
  });
}

const sha2Sizes: ReadonlySet<number> = new Set([224, 256, 384, 512]);

function sha2(value: string | Uint8Array, bits: number | bigint): string {
  const size = Number(bits);
  if (sha2Sizes.has(size)) return digest(`sha${size}`, value);
  throw new MillraceError('RUNTIME_FAILED', `SHA2 knows 224, 256, 384 and 512 bits, not ${size}`);
}

/** Types whose internal form has a hash in Flink's generated code. */
const hashable: Parameter = {
  fit: (type) =>
    [
      'BOOLEAN',
      'TINYINT',
      'SMALLINT',
      'INT',
      'BIGINT',
      'FLOAT',
      'DOUBLE',
      'DECIMAL',
      'CHAR',
      'VARCHAR',
      'DATE',
      'TIME',
      'TIMESTAMP',
    ].includes(type.kind)
      ? type
      : undefined,
  whenNull: STRING,
};

function hashCode(type: DataType): Closure {
  switch (type.kind) {
    case 'BOOLEAN':
      return (value: boolean) => (value ? 1231 : 1237);
    case 'BIGINT':
      return longHash;
    case 'FLOAT':
      return floatHash;
    case 'DOUBLE':
      return doubleHash;
    case 'DECIMAL': {
      const { scale } = type;
      return (value: bigint) => decimalHash(value, scale);
    }
    case 'CHAR':
    case 'VARCHAR':
      return (value: string) => Math.abs(stringHash(value)) | 0;
    case 'TIMESTAMP': {
      const [millis, nanos] = [millisOf(type), nanosOf(type)];
      return (value) => (Math.imul(31, longHash(BigInt(millis(value)))) + nanos(value)) | 0;
    }
    default:
      return (value: number) => value;
  }
}

export const hashFunctions: readonly ScalarFunction[] = [
  digestFunction('MD5', 'md5', 32),
  digestFunction('SHA1', 'sha1', 40),
  digestFunction('SHA224', 'sha224', 56),
  digestFunction('SHA256', 'sha256', 64),
  digestFunction('SHA384', 'sha384', 96),
  digestFunction('SHA512', 'sha512', 128),
  defineScalar({
    name: 'SHA2',
    signature: 'SHA2(string, bits)',
    summary: 'The SHA-2 digest of 224, 256, 384 or 512 bits of the string (or bytes) in hexadecimal digits.',
    params: [[textOrBytes, integer]],
    check: ([, bits]) => {
      const constant = literalInteger(bits);
      if (constant === undefined || sha2Sizes.has(constant)) return;
      throw new MillraceError('SQL_TYPE', `SHA2 knows 224, 256, 384 and 512 bits, not ${constant}`);
    },
    returns: strictly(VARCHAR(128)),
    run: sha2,
  }),
  defineScalar({
    name: 'HASH_CODE',
    signature: 'HASH_CODE(value)',
    summary: "Java's hash code.",
    params: [[hashable]],
    returns: strictly(INT),
    implement: ({ argTypes }) => hashCode(argTypes[0]!),
  }),
];
