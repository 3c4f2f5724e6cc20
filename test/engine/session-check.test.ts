import { afterEach, describe, expect, it } from 'vitest';
import { renderError } from '../../engine/errors.ts';
import { Session } from '../../engine/session.ts';
import { parseScript } from '../../engine/sql/parse.ts';

const session = new Session({ placement: 'local' });
afterEach(() => session.close());
const errors = (script: string): string[] => session.check(parseScript(script)).map(renderError);

describe('check', () => {
  it('gives every error of a script with its place and a remedy, and changes nothing', () => {
    const script = `CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'datagen');
SELECT nam FROM t;
SELEC 1;
SELECT id + name FROM t;
DROP TABLE t;
SELECT id FROM t`;
    expect(errors(script)).toEqual([
      `SQL_UNKNOWN_COLUMN: column "nam" does not exist in t
LINE 2: SELECT nam FROM t;
               ^^^
HINT: did you mean "name"?`,
      expect.stringContaining(`LINE 3: SELEC 1;
        ^^^^^
HINT: did you mean SELECT?`),
      expect.stringContaining('LINE 4: SELECT id + name FROM t;'),
      expect.stringMatching(/^SQL_UNKNOWN_TABLE: table "t" does not exist\nLINE 6: /),
    ]);
    expect(session.catalog.list()).toEqual([]);
  });

  it('follows SET, USE and CREATE through the script', () => {
    const script = `CREATE CATALOG c WITH ('type' = 'generic_in_memory'); CREATE DATABASE c.d; USE c.d;
CREATE TABLE t (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1');
SET 'execution.runtime-mode' = 'batch';
SELECT id FROM t ORDER BY id;
CREATE TABLE s WITH ('connector' = 'blackhole') AS SELECT id FROM t;
INSERT INTO s SELECT id FROM c.d.t`;
    expect(errors(script)).toEqual([]);
    expect(session.catalog.currentCatalog).toBe('default_catalog');
    expect(session.options.mode).toBe('streaming');
  });

  it('tells a wrong option at its key', () => {
    expect(errors("SET 'execution.runtime-mode' = 'bach'")).toEqual([
      `OPTION_VALUE: 'bach' is no value of 'execution.runtime-mode': no such choice
LINE 1: SET 'execution.runtime-mode' = 'bach'
            ^^^^^^^^^^^^^^^^^^^^^^^^
HINT: did you mean "batch"?`,
    ]);
  });
});
