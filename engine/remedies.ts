/**
 * What to do about an error, in words, for those whose place of origin names no remedy of its own: by the error's reason, else by its code.
 * The reasons are Flink's where Flink has one, so that the same remedy serves wherever they come from.
 */
import type { ErrorCode } from './errors.ts';

type Remedy = string | ((match: RegExpExecArray) => string);

/** The first whose pattern is found in the reason. */
const byReason: readonly (readonly [ErrorCode, RegExp, Remedy])[] = [
  ['SQL_SYNTAX', /"?\.?"? cannot follow "\."/, 'this object has one name, without dots'],
  ['SQL_SYNTAX', /keyword (AND|OR|NOT) cannot follow/, 'a condition is missing between the two'],
  ['SQL_SYNTAX', /cannot follow/, 'something is missing between the two, or one of them is too many'],
  ['SQL_SYNTAX', /no closing back-tick/, 'close the name with `'],
  ['SQL_SYNTAX', /comment .* has no end/, 'close the comment with */'],
  ['SQL_SYNTAX', /unexpected character "/, "strings are written in single quotes, names in back-ticks: 'text', `name`"],
  ['SQL_SYNTAX', /unexpected character/, 'names with such characters are written in back-ticks'],
  ['SQL_SYNTAX', /only one WATERMARK/, 'keep one of them'],
  [
    'SQL_SYNTAX',
    /unexpected end of the statement, expected (.*)$/,
    (found) => `the statement goes on with ${found[1]!}`,
  ],
  ['SQL_SYNTAX', /unexpected keyword FROM, expected .*an expression/, 'name columns before FROM, or write *'],
  [
    'SQL_SYNTAX',
    /unexpected (keyword SELECT|"\("), expected "," or/,
    'a query inside of a query stands in parentheses: (SELECT ...)',
  ],
  ['SQL_SYNTAX', /unexpected ("-"|.*), expected ALL or a number/, 'write a number of rows: LIMIT 10'],
  ['SQL_SYNTAX', /unexpected .*, expected (.*) or something else$/, (found) => `one of ${found[1]!} can stand here`],
  ['SQL_SYNTAX', /unexpected .*, expected (.*)$/, (found) => `here stands ${found[1]!}`],
  ['SQL_TYPE', /^cannot cast (.+) to (.+)$/, (found) => castRemedy(found[1]!, found[2]!)],
  ['SQL_TYPE', /it takes BOOLEAN$/, 'compare the value with something: x > 0, or CAST it AS BOOLEAN'],
  ['SQL_TYPE', /must be a condition/, 'compare the value with something: x > 0, or CAST it AS BOOLEAN'],
  ['SQL_TYPE', /only COUNT takes \*/, 'name the column to aggregate, or write COUNT(*)'],
  ['SQL_TYPE', /scale of DECIMAL/, 'DECIMAL(p, s) has p digits, s of them behind the point: DECIMAL(10, 2)'],
  ['SQL_TYPE', /Column count mismatch/, 'both sides need the same number of columns: fill up with CAST(NULL AS type)'],
  ['SQL_TYPE', /Values passed to VALUES/, 'CAST the values of a column to one type'],
  ['SQL_TYPE', /needs an element to have a type/, 'CAST(ARRAY[NULL] AS ARRAY<INT>) has a type'],
  ['SQL_TYPE', /'UNNEST'/, 'UNNEST takes an ARRAY, MAP or MULTISET: SPLIT(text, delimiter) makes an ARRAY of a string'],
  [
    'SQL_TYPE',
    /watermark definition/,
    'a watermark stands on a TIMESTAMP(3) or TIMESTAMP_LTZ(3) column: declare a computed one',
  ],
  ['SQL_TYPE', /do not match/, 'CAST the columns of the query to those of the table'],
  ['SQL_LITERAL', /index 1/, 'write [1] for the first element'],
  ['SQL_LITERAL', /DATE literal/, "write an existing day: DATE '2024-05-31'"],
  [
    'SQL_LITERAL',
    /TIMESTAMP literal/,
    "write a day and a time with a blank between: TIMESTAMP '2024-05-31 12:30:00.000'",
  ],
  ['SQL_LITERAL', /TIME literal/, "write hours to 23, minutes and seconds: TIME '12:30:00'"],
  [
    'SQL_LITERAL',
    /interval literal/,
    "write INTERVAL '1' DAY, INTERVAL '1 12' DAY TO HOUR, INTERVAL '1:30' MINUTE TO SECOND",
  ],
  ['SQL_INVALID', /in GROUP BY clause/, 'aggregate first in a subquery, group its result'],
  ['SQL_INVALID', /in ON clause/, 'aggregate in a subquery, join its result'],
  ['SQL_INVALID', /may stand in aggregates only/, 'leave the word out, or use an aggregate such as COUNT or SUM'],
  [
    'SQL_INVALID',
    /argument of a table function/,
    "it stands in FROM: TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)",
  ],
  ['SQL_INVALID', /needs a size above 0/, "write a size such as INTERVAL '10' SECOND"],
  ['SQL_INVALID', /abs\(offset\) < size/, 'take an offset below the size'],
  [
    'SQL_INVALID',
    /auxiliary group function '(\w+?)_/,
    (found) => `write GROUP BY ${found[1]!}(...) with the same arguments`,
  ],
  ['SQL_INVALID', /only one group window/, 'keep one of them, or window the result of the first in an outer query'],
  ['SQL_INVALID', /Ordinal out of range/, 'positions count the columns of SELECT from 1'],
  ['SQL_INVALID', /NATURAL keyword/, 'leave NATURAL out'],
  ['SQL_INVALID', /List of column aliases/, 'give every column one alias, or none'],
  ['SQL_INVALID', /Cannot drop a database/, 'USE another database first'],
  [
    'SQL_UNSUPPORTED',
    /MONTH and YEAR time unit/,
    "write days: INTERVAL '30' DAY, or group by DATE_FORMAT(ts, 'yyyy-MM')",
  ],
  ['SQL_UNSUPPORTED', /TIMESTAMPADD in the unit/, 'CAST to TIMESTAMP(3) and add an INTERVAL'],
  ['PLAN_UNSUPPORTED', /integral multiple/, 'make the size a multiple of the slide or step'],
  ['CATALOG_EXISTS', /./, 'write IF NOT EXISTS, take another name, or DROP it first'],
  ['CATALOG_NOT_FOUND', /atabase/, 'SHOW DATABASES lists those that exist'],
  ['CATALOG_NOT_FOUND', /atalog/, 'SHOW CATALOGS lists those that exist'],
  ['CONNECTOR_OPTION', /needs the option '([^']+)'/, (found) => `add '${found[1]!}' = '...' to WITH (...)`],
  ['CONNECTOR_OPTION', /option '([^']+)' must be (.*), not /, (found) => `'${found[1]!}' takes ${found[2]!}`],
  ['CONNECTOR_OPTION', /cannot both be/, 'keep one of the two'],
  ['CONNECTOR_OPTION', /has no option '([^']+)'/, 'leave it out, or look at the names of the fields in it'],
  ['CONNECTOR_OPTION', /option '([^']+)'/, (found) => `change '${found[1]!}' in WITH (...), or leave it out`],
  [
    'SQL_UNKNOWN_COLUMN',
    /column "(\w+S)" does not exist/i,
    "DESCRIBE the tables of FROM to see their columns; units of time are INTERVAL '5' SECOND",
  ],
];

/** When no reason fits. */
const byCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  SQL_SYNTAX: 'a name that is also a keyword is written in back-ticks: `order`',
  SQL_UNSUPPORTED: 'write the query another way, or send it to a Flink cluster',
  SQL_UNKNOWN_TABLE: 'SHOW TABLES lists those of the current database',
  SQL_UNKNOWN_COLUMN: 'DESCRIBE the tables of FROM to see their columns',
  SQL_AMBIGUOUS_COLUMN: 'put the name or alias of its table before it: t.x',
  SQL_UNKNOWN_FUNCTION: 'SHOW FUNCTIONS lists those that are built in; your own come from a cell',
  SQL_UNKNOWN_TYPE:
    'types: STRING, INT, BIGINT, DOUBLE, DECIMAL(p, s), BOOLEAN, DATE, TIMESTAMP(3), ARRAY<t>, ROW<...>',
  SQL_TYPE: 'CAST the operands to the types that are taken',
  SQL_LITERAL: 'CAST a string, which may hold what a literal cannot',
  SQL_INVALID: 'write it another way: the sentence above says what stands in the way',
  CATALOG_NOT_FOUND: 'SHOW lists what exists',
  PLAN_CHANGELOG: 'group by a window instead of a plain key, or write into a table that takes updates',
  PLAN_UNSUPPORTED: 'write the query another way, or send it to a Flink cluster',
  CONNECTOR_OPTION: 'SHOW CREATE TABLE prints the options of a table, ALTER TABLE ... SET changes them',
  OPTION_UNKNOWN: 'SET; lists what is set',
  OPTION_VALUE: 'RESET it to its default, or give it a value of its kind',
  RUNTIME_ARITHMETIC: 'NULLIF(divisor, 0) makes the quotient NULL instead',
};

/** One sentence; undefined for errors of running jobs that have none. */
export function remedyOf(code: ErrorCode, reason: string): string | undefined {
  for (const [of, pattern, remedy] of byReason) {
    const found = of === code ? pattern.exec(reason) : null;
    if (found !== null) return typeof remedy === 'string' ? remedy : remedy(found);
  }
  return byCode[code];
}

const numeric = /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL)/;
const text = /^(STRING|CHAR|VARCHAR)/;
const bytes = /^(BYTES|BINARY|VARBINARY)/;

/** Another way from one type to the other. */
function castRemedy(from: string, to: string): string {
  if (numeric.test(from) && to.startsWith('TIMESTAMP'))
    return 'TO_TIMESTAMP_LTZ(x, 3) reads milliseconds, TO_TIMESTAMP_LTZ(x, 0) seconds';
  if (from.startsWith('TIMESTAMP') && numeric.test(to))
    return 'TIMESTAMPDIFF(SECOND, a, b) counts, EXTRACT takes a part, UNIX_TIMESTAMP gives seconds';
  if (from.startsWith('DATE') && numeric.test(to)) return "TIMESTAMPDIFF(DAY, DATE '1970-01-01', x) counts days";
  if (from.startsWith('TIME') && numeric.test(to)) return 'EXTRACT(HOUR FROM x) takes a part';
  if (text.test(from) && to.startsWith('ARRAY')) return 'SPLIT(text, delimiter) makes an ARRAY of a string';
  if (text.test(from) && to.startsWith('MAP')) return "STR_TO_MAP(text, ',', '=') makes a MAP of a string";
  if (text.test(from) && to.startsWith('ROW')) return "JSON_VALUE(text, '$.a') takes one field out of a JSON text";
  if (to.startsWith('INTERVAL')) return "write INTERVAL '1' DAY * n";
  if (from.startsWith('INTERVAL')) return 'add the interval to a timestamp, and take the difference with TIMESTAMPDIFF';
  if (bytes.test(to)) return "ENCODE(CAST(x AS STRING), 'UTF-8') gives the bytes of its text";
  if (bytes.test(from)) return "DECODE(x, 'UTF-8') gives the text of bytes";
  if (to.startsWith('ARRAY')) return 'ARRAY[x] makes an ARRAY of one element';
  if (to.startsWith('ROW')) return 'ROW(a, b) makes a ROW of values';
  if (to.startsWith('MAP')) return 'MAP[k, v] makes a MAP of keys and values';
  if (to === 'BOOLEAN') return 'compare the value with something: x <> 0';
  if (from === 'BOOLEAN') return 'CASE WHEN x THEN ... ELSE ... END gives a value for TRUE and for FALSE';
  return 'CAST to STRING first: CAST(CAST(x AS STRING) AS type), if its text is one of the other type';
}
