/**
 * JSON functions. Paths are strict unless they begin with `lax` (json-path.ts).
 *
 * What the binder gives in options:
 *   JSON_VALUE    args (json, path); returning 'STRING' 'BOOLEAN' 'INT' 'DOUBLE' (type text); onEmpty, onError 'NULL' | 'ERROR' |
 *                 'DEFAULT' (NULL unless said), with emptyDefault, errorDefault
 *   JSON_QUERY    args (json, path); returning 'STRING' 'ARRAY<STRING>'; wrapper 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL';
 *                 onEmpty, onError 'NULL' | 'ERROR' | 'EMPTY ARRAY' | 'EMPTY OBJECT'
 *   JSON_EXISTS   args (json, path); onError 'TRUE' | 'FALSE' | 'UNKNOWN' | 'ERROR' (FALSE unless said)
 *   JSON_OBJECT   args keys and values by turns; JSON_ARRAY args values; onNull 'NULL' | 'ABSENT'; json: the numbers of the values
 *                 that are JSON already (calls of JSON, JSON_OBJECT, JSON_ARRAY). JSON_STRING: json [0] likewise
 *   IS JSON       options.type 'VALUE' | 'OBJECT' | 'ARRAY' | 'SCALAR'
 *
 * A value that does not fit JSON_VALUE's RETURNING type is an error, for which ON ERROR decides; Flink 2.3 fails the job.
 */
import { MillraceError } from '../errors.ts';
import { ARRAY, BOOLEAN, DOUBLE, INT, isString, STRING, withNullable, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, FunctionBinding, Options, ScalarFunction } from './function.ts';
import { hasJson, jsonEncoder, jsonObject } from './json-encode.ts';
import { evaluatePath, parsePath, type JsonPath } from './json-path.ts';
import {
  isArray,
  isObject,
  isScalar,
  JsonNumber,
  jsonText,
  parseJson,
  requireJson,
  scalarText,
  type Json,
} from './json-value.ts';
import { defineScalar, literalText, maybe, strictly, text, type Closure } from './scalar-define.ts';

/** What a path gives: a value, nothing in lax mode, or the reason why there is none. */
type Looked = { readonly value: Json } | 'empty' | { readonly error: string };

function look(json: string, { mode, steps }: JsonPath): Looked {
  const document = parseJson(json);
  if (document === undefined) return mode === 'lax' ? 'empty' : { error: 'the text is no JSON' };
  if (steps === undefined) return { error: 'the path cannot be read' };
  const found = evaluatePath(steps, document);
  if (found !== 'missing') return found;
  return mode === 'lax' ? 'empty' : { error: 'no results for the path' };
}

/** A function of a document and a path; the last path is kept. */
function withPath(run: (looked: Looked, path: JsonPath) => Value): Closure {
  let last: string | undefined;
  let path: JsonPath;
  return (json: string, spec: string) => {
    if (spec !== last) [path, last] = [parsePath(spec), spec];
    return run(look(json, path), path);
  };
}

const checkPath = (args: readonly Argument[]): void => {
  const path = literalText(args[1]);
  if (path !== undefined) parsePath(path);
};

const failed = (name: string, reason: string): MillraceError =>
  new MillraceError('RUNTIME_FAILED', `${name}: ${reason}`, { hint: 'ON EMPTY and ON ERROR say what to give instead' });

const returningTypes: Readonly<Record<string, DataType>> = { STRING, BOOLEAN, INT, DOUBLE };

function returningType(options: Options, name: string): DataType {
  const wanted = String(options['returning'] ?? 'STRING').replace(/ NOT NULL$/, '');
  const varchar = /^(?:VARCHAR|CHAR)\((\d+)\)$/.exec(wanted);
  const type =
    varchar === null
      ? returningTypes[wanted]
      : withNullable({ ...STRING, length: Number(varchar[1]) } as DataType, true);
  if (type !== undefined) return type;
  throw new MillraceError('SQL_TYPE', `Unsupported type '${wanted}' for RETURNING in ${name}()`, {
    hint: 'STRING, BOOLEAN, INTEGER and DOUBLE are; CAST the result',
  });
}

/** A scalar as a value of the RETURNING type; undefined when it does not fit. */
function scalarAs(type: DataType, value: Json): Value | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined;
    case 'INT': {
      const number = value instanceof JsonNumber && /^-?\d+$/.test(value.text) ? Number(value.text) : NaN;
      return (number | 0) === number ? number : undefined;
    }
    case 'DOUBLE':
      return value instanceof JsonNumber ? Number(value.text) : undefined;
    default:
      return scalarText(value);
  }
}

/** A DEFAULT of the query as a value of the RETURNING type. */
function defaultAs(type: DataType, value: Value | undefined): Value {
  if (value === undefined || value === null) return null;
  return isString(type) ? String(value) : typeof value === 'bigint' ? Number(value) : value;
}

function jsonValue({ type, options }: FunctionBinding): Closure {
  const give = (when: 'Empty' | 'Error', reason: string): Value => {
    const action = options[`on${when}`] ?? 'NULL';
    if (action === 'ERROR') throw failed('JSON_VALUE', reason);
    return action === 'DEFAULT' ? defaultAs(type, options[`${when.toLowerCase()}Default`]) : null;
  };
  return withPath((looked, { mode }) => {
    if (looked !== 'empty' && 'error' in looked) return give('Error', looked.error);
    const value = looked === 'empty' ? null : looked.value;
    if (value === null || !isScalar(value)) {
      return mode === 'lax' ? give('Empty', 'nothing was found') : give('Error', 'a scalar value is required');
    }
    return scalarAs(type, value) ?? give('Error', `${scalarText(value)} does not fit the RETURNING type`);
  });
}

function jsonQuery({ type, options }: FunctionBinding): Closure {
  const isList = type.kind === 'ARRAY';
  const give = (when: 'onEmpty' | 'onError', reason: string): Value => {
    switch (options[when]) {
      case 'ERROR':
        throw failed('JSON_QUERY', reason);
      case 'EMPTY ARRAY':
        return isList ? [] : '[]';
      case 'EMPTY OBJECT':
        return '{}';
      default:
        return null;
    }
  };
  const wrap = (value: Json): Json => {
    if (options['wrapper'] === 'UNCONDITIONAL') return [value];
    return options['wrapper'] === 'CONDITIONAL' && !isArray(value) ? [value] : value;
  };
  return withPath((looked, { mode }) => {
    if (looked !== 'empty' && 'error' in looked) return give('onError', looked.error);
    if (looked === 'empty' || looked.value === null) return give('onEmpty', 'nothing was found');
    const value = wrap(looked.value);
    if (isScalar(value)) {
      return mode === 'lax' ? give('onEmpty', 'nothing was found') : give('onError', 'an array or object is required');
    }
    if (!isList) return jsonText(value);
    if (!isArray(value)) return give('onError', 'an array is required');
    return value.map((item) => (item === null ? null : isScalar(item) ? scalarText(item) : jsonText(item)));
  });
}

function jsonExists({ options }: FunctionBinding): Closure {
  return withPath((looked) => {
    if (looked === 'empty') return false;
    if (!('error' in looked)) return looked.value !== null;
    if (options['onError'] === 'ERROR') throw failed('JSON_EXISTS', looked.error);
    return options['onError'] === 'UNKNOWN' ? null : options['onError'] === 'TRUE';
  });
}

function isJson({ options }: FunctionBinding): Closure {
  const fits: Readonly<Record<string, (value: Json) => boolean>> = {
    VALUE: () => true,
    OBJECT: isObject,
    ARRAY: isArray,
    SCALAR: isScalar,
  };
  const test = fits[String(options['type'] ?? 'VALUE')]!;
  return (value: string) => {
    const json = parseJson(value);
    return json !== undefined && test(json);
  };
}

/** The encoders of the arguments: those of options.json hold JSON already, where an empty text is nothing. */
function encoders(
  { argTypes, options }: FunctionBinding,
  first: number,
  step: number,
): readonly ((value: Value) => string | null)[] {
  const json = new Set((options['json'] as readonly Value[] | undefined)?.map(Number) ?? []);
  return argTypes
    .filter((_, i) => i >= first && (i - first) % step === 0)
    .map((type, i) => {
      const encode = jsonEncoder(type);
      if (!json.has(i)) return (value) => (value === null ? null : encode(value));
      return (value) => (value === null || value === '' ? null : jsonText(requireJson(value as string, 'JSON()')));
    });
}

function checkEncodable(name: string, args: readonly Argument[]): void {
  for (const { type } of args) {
    if (type.kind === 'NULL') {
      throw new MillraceError('SQL_TYPE', `a bare NULL has no type as an argument of ${name}`, {
        hint: 'give it one: CAST(NULL AS STRING)',
      });
    }
    if (!hasJson(type)) {
      throw new MillraceError('SQL_TYPE', `values of this type have no JSON form in ${name}: ${type.kind}`, {
        hint: 'CAST it to STRING',
      });
    }
  }
}

const jsonObjectFunction: ScalarFunction = {
  name: 'JSON_OBJECT',
  signature: 'JSON_OBJECT([KEY] key VALUE value, ... [NULL | ABSENT ON NULL])',
  summary: 'A JSON object of the keys and values.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    if (args.length % 2 !== 0 || args.some((arg, i) => i % 2 === 0 && !isString(arg.type))) return undefined;
    checkEncodable('JSON_OBJECT', args);
    if (args.some((arg, i) => i % 2 === 0 && arg.type.nullable)) {
      throw new MillraceError('SQL_TYPE', 'a key of JSON_OBJECT must not be NULL', { hint: "use COALESCE(key, '')" });
    }
    return { argTypes: args.map((arg) => arg.type), type: withNullable(STRING, false) };
  },
  implement(binding) {
    const encode = encoders(binding, 1, 2);
    const keepsNulls = binding.options['onNull'] !== 'ABSENT';
    return (...values: readonly Value[]) => {
      const members: (readonly [string, string])[] = [];
      for (let i = 0; i < encode.length; i++) {
        const content = encode[i]!(values[2 * i + 1]!);
        if (content !== null || keepsNulls) members.push([values[2 * i] as string, content ?? 'null']);
      }
      return jsonObject(members);
    };
  },
};

const jsonArrayFunction: ScalarFunction = {
  name: 'JSON_ARRAY',
  signature: 'JSON_ARRAY(value, ... [NULL | ABSENT ON NULL])',
  summary: 'A JSON array of the values.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    checkEncodable('JSON_ARRAY', args);
    return { argTypes: args.map((arg) => arg.type), type: withNullable(STRING, false) };
  },
  implement(binding) {
    const encode = encoders(binding, 0, 1);
    const keepsNulls = binding.options['onNull'] === 'NULL';
    return (...values: readonly Value[]) => {
      const items = values.map((value, i) => encode[i]!(value));
      return `[${items.flatMap((item) => (item === null ? (keepsNulls ? ['null'] : []) : [item])).join()}]`;
    };
  },
};

const jsonStringFunction: ScalarFunction = {
  name: 'JSON_STRING',
  signature: 'JSON_STRING(value)',
  summary: 'The value as JSON.',
  nulls: 'strict',
  deterministic: true,
  resolve([arg, ...more]) {
    if (arg === undefined || more.length > 0) return undefined;
    checkEncodable('JSON_STRING', [arg]);
    return { argTypes: [arg.type], type: withNullable(STRING, arg.type.nullable) };
  },
  implement: (binding) => encoders(binding, 0, 1)[0]!,
};

const quoted: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** In quotes, with everything beyond ASCII as \uxxxx. */
function jsonQuote(value: string): string {
  const hex = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${value.replace(/["\\/\b\f\n\r\t]|[\u0080-\uffff]/g, (char) => quoted[char] ?? hex(char))}"`;
}

/** The text inside of the quotes with its escapes undone; what is no JSON string, or has a wrong escape, stays as it is. */
function jsonUnquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"') || parseJson(value) === undefined)
    return value;
  const inner = value.slice(1, -1);
  if (/\\(?!["\\/bfnrt]|u[0-9A-Fa-f]{4})/.test(inner.replace(/\\\\/g, ''))) return value;
  return inner.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, digits: string | undefined, letter: string) =>
    digits === undefined ? (unquoted[letter] ?? letter) : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
const unquoted: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export const jsonFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'JSON_VALUE',
    signature: 'JSON_VALUE(json, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [... ON ERROR])',
    summary: 'A scalar of a JSON text by its path.',
    params: [[text, text]],
    returns: (_types, _args, options) => returningType(options, 'JSON_VALUE'),
    check: checkPath,
    implement: jsonValue,
  }),
  defineScalar({
    name: 'JSON_QUERY',
    signature:
      'JSON_QUERY(json, path [RETURNING type] [WITH | WITHOUT WRAPPER] [NULL | ERROR | EMPTY ARRAY | EMPTY OBJECT ON EMPTY] [... ON ERROR])',
    summary: 'An object or array of a JSON text by its path.',
    params: [[text, text]],
    returns: (_types, _args, options) => {
      if (/^ARRAY<(STRING|VARCHAR\(\d+\))/.test(String(options['returning']))) return ARRAY(STRING);
      const type = returningType(options, 'JSON_QUERY');
      if (isString(type)) return type;
      throw new MillraceError('SQL_TYPE', 'JSON_QUERY returns STRING or ARRAY<STRING>');
    },
    check: (args, options) => {
      checkPath(args);
      if (
        String(options['returning']).startsWith('ARRAY') &&
        [options['onEmpty'], options['onError']].includes('EMPTY OBJECT')
      ) {
        throw new MillraceError('SQL_INVALID', 'EMPTY OBJECT is no value of the RETURNING type ARRAY<STRING>');
      }
    },
    implement: jsonQuery,
  }),
  defineScalar({
    name: 'JSON_EXISTS',
    signature: 'JSON_EXISTS(json, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])',
    summary: 'Whether a path finds something in a JSON text.',
    params: [[text, text]],
    returns: maybe(BOOLEAN),
    check: checkPath,
    implement: jsonExists,
  }),
  defineScalar({
    name: 'IS JSON',
    signature: 'string IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]',
    summary: 'Whether the string is JSON.',
    params: [[text]],
    returns: strictly(BOOLEAN),
    implement: isJson,
  }),
  jsonObjectFunction,
  jsonArrayFunction,
  jsonStringFunction,
  defineScalar({
    name: 'JSON',
    signature: 'JSON(string)',
    summary: 'Marks a text as JSON inside of JSON_OBJECT and JSON_ARRAY.',
    params: [[text]],
    bareNull: true,
    returns: strictly(STRING),
    run: (value: string) => value,
  }),
  defineScalar({
    name: 'JSON_QUOTE',
    signature: 'JSON_QUOTE(string)',
    summary: 'The string as a JSON string, with quotes and escapes.',
    params: [[text]],
    bareNull: true,
    returns: strictly(STRING),
    run: jsonQuote,
  }),
  defineScalar({
    name: 'JSON_UNQUOTE',
    signature: 'JSON_UNQUOTE(string)',
    summary: 'The text of a JSON string; anything else stays as it is.',
    params: [[text]],
    bareNull: true,
    returns: strictly(STRING),
    run: jsonUnquote,
  }),
];
