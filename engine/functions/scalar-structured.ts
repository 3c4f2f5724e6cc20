/** OBJECT_OF and OBJECT_UPDATE: objects of STRUCTURED types that are written inline. No class is looked for. */
import { MillraceError } from '../errors.ts';
import { STRUCTURED, withNullable, type DataType, type Field } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, ScalarFunction } from './function.ts';
import { literalText } from './scalar-define.ts';

const invalid = (reason: string): MillraceError => new MillraceError('SQL_TYPE', reason);

/** The names and types in the arguments after the first: constants and values by turns. */
function pairs(args: readonly Argument[]): readonly Field[] {
  const fields: Field[] = [];
  for (let i = 1; i < args.length; i += 2) {
    const name = literalText(args[i]);
    if (name === undefined) {
      throw invalid(`The field key at position ${i + 1} must be a non-nullable character string literal.`);
    }
    if (fields.some((field) => field.name === name)) {
      throw invalid(`The field name '${name}' at position ${i + 1} is repeated.`);
    }
    const { type } = args[i + 1]!;
    if (type.kind === 'NULL') throw invalid(`Illegal use of 'NULL' as the value of the field '${name}'`);
    fields.push({ name, type });
  }
  return fields;
}

const objectOf: ScalarFunction = {
  name: 'OBJECT_OF',
  signature: "OBJECT_OF('class name'[, 'key', value]*)",
  summary: 'An object of the structured type with these attributes.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    if (args.length % 2 === 0) return undefined;
    const className = literalText(args[0]);
    if (className === undefined) {
      throw invalid('The first argument must be a non-nullable character string literal representing the class name.');
    }
    return { argTypes: args.map((arg) => arg.type), type: STRUCTURED(className, pairs(args)) };
  },
  implement:
    () =>
    (...values: readonly Value[]) =>
      values.filter((_, i) => i > 0 && i % 2 === 0),
};

const objectUpdate: ScalarFunction = {
  name: 'OBJECT_UPDATE',
  signature: "OBJECT_UPDATE(object, 'key', value[, 'key', value]*)",
  summary: 'The object with these attributes changed; NULL of NULL.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    const [object] = args;
    if (args.length < 3 || args.length % 2 === 0 || object?.type.kind !== 'ROW') return undefined;
    if (object.type.className === undefined) return undefined;
    const given = pairs(args);
    const names = object.type.fields.map((field) => field.name);
    given.forEach(({ name }, i) => {
      if (names.includes(name)) return;
      throw invalid(
        `The field name '${name}' at position ${2 * i + 2} is not part of the structured type attributes. Available attributes: [${names.join(', ')}].`,
      );
    });
    const fields = object.type.fields.map((field) => given.find(({ name }) => name === field.name) ?? field);
    return { argTypes: args.map((arg) => arg.type), type: withNullable({ ...object.type, fields }, true) };
  },
  implement({ argTypes }) {
    const { fields } = argTypes[0] as DataType & { kind: 'ROW' };
    return (object: readonly Value[] | null, ...changes: readonly Value[]) => {
      if (object === null) return null;
      const result = [...object];
      for (let i = 0; i < changes.length; i += 2) {
        result[fields.findIndex(({ name }) => name === changes[i])] = changes[i + 1]!;
      }
      return result;
    };
  },
};

export const structuredFunctions: readonly ScalarFunction[] = [objectOf, objectUpdate];
