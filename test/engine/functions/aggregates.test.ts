// Types of aggregates as Flink 2.3.0 reports them for GROUP BY (where no group is empty); "!" is an error of the query.
import { expect, it } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import { aggregateFunctions, overFunctions } from '../../../engine/functions/aggregates.ts';
import { bindType } from '../../../engine/plan/bind-type.ts';
import { parseTypeName } from '../../../engine/sql/parse.ts';
import { NULL, typeToString } from '../../../engine/types/type.ts';
import type { Argument } from '../../../engine/functions/function.ts';

const typeOf = (text: string): Argument => ({ type: text === 'NULL' ? NULL : bindType(parseTypeName(text)) });

function result(name: string, args: readonly string[]): string {
  const fn = [...aggregateFunctions, ...overFunctions].find((f) => f.name === name || f.aliases?.includes(name))!;
  try {
    const resolved = fn.resolve(args.map(typeOf), {});
    return resolved === undefined ? '!' : typeToString(resolved.type);
  } catch (error) {
    if (error instanceof MillraceError) return '!';
    throw error;
  }
}

const types: readonly (readonly [string, readonly string[], string])[] = [
  ['COUNT', [], 'BIGINT NOT NULL'],
  ['COUNT', ['INT'], 'BIGINT NOT NULL'],
  ['COUNT', ['INT', 'STRING'], 'BIGINT NOT NULL'],
  ['COUNT', ['NULL'], '!'],
  ['SUM', ['TINYINT'], 'TINYINT'],
  ['SUM', ['SMALLINT'], 'SMALLINT'],
  ['SUM', ['INT'], 'INT'],
  ['SUM', ['INT NOT NULL'], 'INT NOT NULL'],
  ['SUM', ['BIGINT'], 'BIGINT'],
  ['SUM', ['FLOAT'], 'FLOAT'],
  ['SUM', ['DOUBLE'], 'DOUBLE'],
  ['SUM', ['DECIMAL(10, 3)'], 'DECIMAL(38, 3)'],
  ['SUM', ['DECIMAL(38, 10) NOT NULL'], 'DECIMAL(38, 10) NOT NULL'],
  ['SUM', ['STRING'], '!'],
  ['SUM', ['BOOLEAN'], '!'],
  ['SUM', ['NULL'], '!'],
  ['AVG', ['TINYINT'], 'TINYINT'],
  ['AVG', ['INT'], 'INT'],
  ['AVG', ['FLOAT'], 'FLOAT'],
  ['AVG', ['DECIMAL(10, 3)'], 'DECIMAL(38, 6)'],
  ['AVG', ['DECIMAL(38, 10) NOT NULL'], 'DECIMAL(38, 10) NOT NULL'],
  ['AVG', ['DECIMAL(5, 0) NOT NULL'], 'DECIMAL(38, 6) NOT NULL'],
  ['MIN', ['TINYINT'], 'TINYINT'],
  ['MIN', ['STRING'], 'STRING'],
  ['MIN', ['CHAR(5)'], 'CHAR(5)'],
  ['MIN', ['DATE'], 'DATE'],
  ['MIN', ['TIME(0)'], 'TIME(0)'],
  ['MAX', ['TIMESTAMP_LTZ(6)'], 'TIMESTAMP_LTZ(6)'],
  ['MIN', ['BOOLEAN'], 'BOOLEAN'],
  ['MAX', ['DECIMAL(10, 3)'], 'DECIMAL(10, 3)'],
  ['MIN', ['BYTES'], '!'],
  ['MIN', ['ARRAY<INT>'], '!'],
  ['MIN', ['MAP<STRING, INT>'], '!'],
  ['STDDEV_POP', ['INT'], 'INT'],
  ['STDDEV_SAMP', ['DOUBLE'], 'DOUBLE'],
  ['STDDEV', ['FLOAT'], 'FLOAT'],
  ['VAR_POP', ['DECIMAL(10, 3)'], 'DECIMAL(38, 6)'],
  ['VAR_SAMP', ['BIGINT'], 'BIGINT'],
  ['VARIANCE', ['TINYINT'], 'TINYINT'],
  ['STDDEV_POP', ['STRING'], '!'],
  ['COLLECT', ['STRING'], 'MULTISET<STRING> NOT NULL'],
  ['COLLECT', ['INT NOT NULL'], 'MULTISET<INT NOT NULL> NOT NULL'],
  ['FIRST_VALUE', ['CHAR(5)'], 'CHAR(5)'],
  ['FIRST_VALUE', ['ARRAY<INT> NOT NULL'], 'ARRAY<INT> NOT NULL'],
  ['LAST_VALUE', ['BYTES'], 'BYTES'],
  ['LISTAGG', ['STRING'], 'STRING'],
  ['LISTAGG', ['CHAR(5)'], 'CHAR(5)'],
  ['LISTAGG', ['STRING NOT NULL'], 'STRING NOT NULL'],
  ['LISTAGG', ['INT'], '!'],
  ['LISTAGG', ['STRING', 'STRING'], '!'],
  ['ARRAY_AGG', ['INT'], 'ARRAY<INT>'],
  ['ARRAY_AGG', ['INT NOT NULL'], 'ARRAY<INT NOT NULL> NOT NULL'],
  ['JSON_OBJECTAGG', ['STRING', 'INT'], 'VARCHAR(2000) NOT NULL'],
  ['JSON_ARRAYAGG', ['INT'], 'VARCHAR(2000) NOT NULL'],
  ['PERCENTILE', ['INT', 'DECIMAL(2, 1) NOT NULL'], 'DOUBLE'],
  ['PERCENTILE', ['INT NOT NULL', 'DOUBLE NOT NULL'], 'DOUBLE'],
  ['PERCENTILE', ['INT NOT NULL', 'DOUBLE'], '!'],
  ['PERCENTILE', ['INT', 'ARRAY<DECIMAL(2, 1) NOT NULL> NOT NULL'], 'ARRAY<DOUBLE>'],
  ['PERCENTILE', ['INT', 'DOUBLE NOT NULL', 'INT'], 'DOUBLE'],
  ['BITMAP_BUILD_AGG', ['SMALLINT NOT NULL'], 'BITMAP'],
  ['BITMAP_BUILD_AGG', ['BIGINT'], '!'],
  ['BITMAP_XOR_CARDINALITY_AGG', ['BITMAP NOT NULL'], 'BIGINT'],
  ['BITMAP_OR_AGG', ['INT'], '!'],
  ['SINGLE_VALUE', ['INT NOT NULL'], 'INT'],
  ['ROW_NUMBER', [], 'BIGINT NOT NULL'],
  ['PERCENT_RANK', [], 'DOUBLE NOT NULL'],
  ['NTILE', ['INT NOT NULL'], 'BIGINT NOT NULL'],
  ['LAG', ['STRING NOT NULL'], 'STRING'],
  ['LAG', ['STRING NOT NULL', 'INT NOT NULL', 'STRING NOT NULL'], 'STRING NOT NULL'],
];

it.each(types)('%s of %j is %s', (name, args, type) => {
  expect(result(name, args)).toBe(type);
});
