/** HELP: the statements in one table. */
import { strings, type Rows } from './bind-describe.ts';

const commands: readonly (readonly [command: string, what: string])[] = [
  ['SELECT ...', 'runs a query; in a notebook its result stays live below the cell'],
  ['INSERT INTO t SELECT ...', 'runs a job that writes into a table; INSERT OVERWRITE replaces files in batch mode'],
  ['EXECUTE STATEMENT SET BEGIN ...; ...; END', 'several INSERTs as one job that reads shared sources once'],
  ['EXPLAIN ...', 'the plan of a query or INSERT, with advice about its state and its updates'],
  ['CREATE TABLE | VIEW | MODEL | DATABASE | CATALOG', 'makes an object; DROP removes, ALTER changes it'],
  ['CREATE TABLE ... AS SELECT', 'a table with the columns of a query, and the job that fills it'],
  [
    'SHOW TABLES | VIEWS | FUNCTIONS | DATABASES | CATALOGS | JOBS',
    'lists objects; SHOW CREATE prints the statement that made one',
  ],
  ['DESCRIBE t', 'columns and types of a table or view'],
  ['USE d, USE CATALOG c', 'the database that names without one belong to'],
  ["SET 'key' = 'value', SET, RESET", 'sets an option of the session, lists them, sets them back'],
  ["STOP JOB 'id' [WITH SAVEPOINT]", 'ends a job; with a savepoint it can go on from there'],
  ['HELP, CLEAR, QUIT', 'this table; clears the terminal; ends a script'],
];

export const showHelp = (): Rows => ({ schema: strings('statement', 'what it does'), rows: commands });
