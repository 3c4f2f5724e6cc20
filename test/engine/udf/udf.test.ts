// Functions of the session in TypeScript: the same rows in the session's own thread and in a job's.
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowAt } from '../../../engine/data/batch-rows.ts';
import type * as engine from '../../../engine/index.ts';
import { built } from '../../support/build.ts';

// The compiled engine: threads cannot run the sources as they are.
let library: typeof engine;
beforeAll(async () => {
  library = (await import(pathToFileURL(built('engine/index.js')).href)) as typeof engine;
}, 60_000);

/** A function with its TypeScript, as cells hand it over. */
function typed<T extends object>(value: T, source: string): T {
  return Object.defineProperty(value, Symbol.for('millrace.typescript'), { value: source });
}

const kinds = ['+I', '-U', '+U', '-D'];

interface Asked {
  readonly placement?: 'local' | 'worker' | undefined;
  readonly define: (millrace: engine.Streams) => void;
}

async function ask(sql: string, { placement = 'local', define }: Asked): Promise<string[]> {
  const session = new library.Session({
    placement,
    readyWorker: false,
    config: { 'pipeline.auto-watermark-interval': '0 ms' },
  });
  try {
    define(new library.Streams(session));
    const result = (await session.sql(sql, { collect: 'changes' })).at(-1)!;
    if (result.kind !== 'query') throw new Error('no query');
    const rows: string[] = [];
    for await (const batch of result.job.changes()) {
      for (let i = 0; i < batch.length; i++) {
        const values = rowAt(batch, i).map((value) =>
          JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v)).replaceAll(
            /"(-?\d+n)"/g,
            '$1',
          ),
        );
        rows.push(`${kinds[batch.kinds?.[i] ?? 0]} ${values.join(' ')}`);
      }
    }
    return rows;
  } finally {
    await session.close();
  }
}

const celsius = typed((f: number): number => (f - 32) / 1.8, '(f: number): number => (f - 32) / 1.8');
const orders = `CREATE TABLE orders (id INT, item STRING, price DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', 'data' =
  '[[1, "a b", 1.5, "2024-01-01 00:00:01"], [2, null, 2.5, "2024-01-01 00:00:04"], [3, "b", null, "2024-01-01 00:00:12"]]');`;

describe.each(['local', 'worker'] as const)('in a %s job', (placement) => {
  test('a function of rows stands wherever an expression may', async () => {
    const define = (millrace: engine.Streams): void => millrace.udf('celsius', celsius);
    expect(await ask('SELECT celsius(212), CELSIUS(CAST(NULL AS INT))', { placement, define })).toEqual([
      '+I 100 null',
    ]);
    expect(
      await ask(
        'SELECT a, celsius(celsius(a) + a) FROM (VALUES (32), (50), (68)) AS t (a) WHERE celsius(a) >= 10 AND a < 60',
        { placement, define },
      ),
    ).toEqual(['+I 50 15.555555555555555']);
    expect(
      await ask(
        'SELECT celsius(a) AS c, SUM(celsius(b)) FROM (VALUES (32, 50), (32, 68)) AS t (a, b) GROUP BY celsius(a)',
        { placement, define },
      ),
    ).toEqual(['+I 0 10', '-U 0 10', '+U 0 30']);
    expect(
      await ask('SELECT l.a, r.b FROM (VALUES (32), (50)) AS l (a) JOIN (VALUES (10)) AS r (b) ON celsius(l.a) = r.b', {
        placement,
        define,
      }),
    ).toEqual(['+I 50 10']);
  });

  test('NULL goes through when the types say so', async () => {
    const define = (millrace: engine.Streams): void => {
      millrace.udf(
        'shout',
        typed((s: string | null): string => (s ?? 'nothing').toUpperCase(), '(s: string | null): string => x'),
      );
      millrace.udf('quiet', { args: ['STRING'], returns: 'STRING' }, (s: string) => s.toLowerCase());
    };
    expect(await ask(`${orders} SELECT shout(item), quiet(item) FROM orders`, { placement, define })).toEqual([
      '+I "A B" "a b"',
      '+I "NOTHING" null',
      '+I "B" "b"',
    ]);
  });

  test('a function of columns gets typed arrays', async () => {
    const define = (millrace: engine.Streams): void =>
      millrace.udf('square', { args: ['DOUBLE'], returns: 'DOUBLE', vectorized: true }, (x: Float64Array) => {
        if (!(x instanceof Float64Array)) throw new TypeError('no typed array');
        return x.map((value) => value * value);
      });
    expect(await ask(`${orders} SELECT id, square(price) FROM orders`, { placement, define })).toEqual([
      '+I 1 2.25',
      '+I 2 6.25',
      '+I 3 null',
    ]);
  });

  test('values of every kind come in and go out', async () => {
    const define = (millrace: engine.Streams): void => {
      millrace.udf(
        'everything',
        {
          args: ['BIGINT', 'ARRAY<INT>', 'DECIMAL(5, 2)', 'DATE', 'ROW<a INT, b STRING>'],
          returns: 'ROW<n BIGINT, xs ARRAY<INT>, d DECIMAL(5, 2), t TIMESTAMP(3), s STRING>',
        },
        (n: bigint, xs: number[], d: number, t: Date, r: { a: number; b: string }) => ({
          n: n + 1n,
          xs: xs.toReversed(),
          d: d * 2,
          t,
          s: `${r.a}${r.b}`,
        }),
      );
    };
    expect(
      await ask(
        "SELECT everything(9007199254740993, ARRAY[1, 2], 1.25, DATE '2024-02-03', CAST(ROW(1, 'x') AS ROW<a INT, b STRING>))",
        { placement, define },
      ),
    ).toEqual(['+I [9007199254740994n,[2,1],250n,1706918400000,"1x"]']);
  });

  test('a table function makes rows of rows', async () => {
    const define = (millrace: engine.Streams): void =>
      millrace.udtf(
        'words',
        typed(function* (line: string): Iterable<{ word: string; length: number }> {
          for (const word of line.split(' ')) yield { word, length: word.length };
        }, 'function* (line: string): Iterable<{ word: string; length: number }> {}'),
      );
    expect(
      await ask(`${orders} SELECT id, word, length FROM orders, LATERAL TABLE(words(item))`, { placement, define }),
    ).toEqual(['+I 1 "a" 1', '+I 1 "b" 1', '+I 3 "b" 1']);
    expect(
      await ask(`${orders} SELECT id, w FROM orders LEFT JOIN LATERAL TABLE(words(item)) AS t (w, n) ON TRUE`, {
        placement,
        define,
      }),
    ).toEqual(['+I 1 "a"', '+I 1 "b"', '+I 2 null', '+I 3 "b"']);
  });

  test('an aggregate counts, takes back and is put together', async () => {
    const define = (millrace: engine.Streams): void =>
      millrace.udaf(
        'spread',
        { args: ['DOUBLE'], returns: 'DOUBLE' },
        {
          create: () => [] as number[],
          accumulate: (all: number[], x: number) => void all.push(x),
          retract: (all: number[], x: number) => all.toSpliced(all.indexOf(x), 1),
          merge: (all: number[], more: number[]) => [...all, ...more],
          value: (all: number[]) => (all.length === 0 ? null : Math.max(...all) - Math.min(...all)),
        },
      );
    expect(await ask(`${orders} SELECT spread(price) FROM orders`, { placement, define })).toEqual([
      '+I 0',
      '-U 0',
      '+U 1',
    ]);
    expect(
      await ask(
        `SELECT spread(n) FROM (SELECT a, COUNT(*) AS n FROM (VALUES ('x'), ('y'), ('x'), ('x')) AS t (a) GROUP BY a)`,
        { placement, define },
      ),
    ).toEqual(['+I 0', '-U 0', '+U 1', '-U 1', '+U 0', '-U 0', '+U 2']);
    expect(
      await ask(
        `${orders} SELECT window_end, spread(price) FROM HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND) GROUP BY window_start, window_end`,
        { placement, define },
      ),
    ).toEqual(['+I 1704067205000 1', '+I 1704067210000 1', '+I 1704067215000 null', '+I 1704067220000 null']);
  });

  test('what a function throws fails the job and says where', async () => {
    const define = (millrace: engine.Streams): void => {
      millrace.udf('broken', { args: ['INT'], returns: 'INT' }, (n: number) => {
        if (n === 2) throw new RangeError('two is too many');
        return n;
      });
      millrace.udf('wrong', { args: ['INT'], returns: 'INT' }, () => 'text');
      millrace.udf('late', { args: ['INT'], returns: 'INT' }, async (n: number) => n);
    };
    await expect(ask(`${orders} SELECT broken(id) FROM orders`, { placement, define })).rejects.toThrow(
      'RUNTIME_UDF: broken failed: RangeError: two is too many',
    );
    await expect(ask(`${orders} SELECT wrong(id) FROM orders`, { placement, define })).rejects.toThrow(
      'wrong failed: "text" is no INT',
    );
    await expect(ask(`${orders} SELECT late(id) FROM orders`, { placement, define })).rejects.toThrow(
      'late gives a promise',
    );
  });
});

describe('definitions', () => {
  const none = (): void => {};
  test('types come from the TypeScript, also those that nobody wrote', async () => {
    const define = (millrace: engine.Streams): void => {
      millrace.udf(
        'inferred',
        typed((s: string, n: bigint) => [s.repeat(Number(n))], '(s: string, n: bigint) => [s.repeat(Number(n))]'),
      );
    };
    expect(await ask("SELECT inferred('ab', 2)", { define })).toEqual(['+I ["abab"]']);
  });
  test('without types it is refused with a hint', async () => {
    const define = (millrace: engine.Streams): void => millrace.udf('untyped', (n: number) => n);
    await expect(ask('SELECT 1', { define })).rejects.toMatchObject({
      code: 'SQL_TYPE',
      hint: expect.stringContaining('annotate') as string,
    });
    const wrong = (millrace: engine.Streams): void => millrace.udf('f', { args: ['STRNG'], returns: 'INT' }, () => 1);
    await expect(ask('SELECT 1', { define: wrong })).rejects.toThrow('argument 1 of f');
    const aggregate = (millrace: engine.Streams): void =>
      millrace.udaf('f', { args: [], returns: 'INT' }, { create: () => 0 } as never);
    await expect(ask('SELECT 1', { define: aggregate })).rejects.toThrow('has no accumulate()');
  });
  test('arguments are checked when the query is bound', async () => {
    const define = (millrace: engine.Streams): void => millrace.udf('celsius', celsius);
    await expect(ask("SELECT celsius('hot')", { define })).rejects.toMatchObject({
      code: 'SQL_TYPE',
      hint: expect.stringContaining('celsius(DOUBLE) → DOUBLE') as string,
    });
    await expect(ask('SELECT celsius(1, 2)', { define })).rejects.toThrow('SQL_TYPE');
    await expect(ask('SELECT celsius(1)', { define: none })).rejects.toThrow('SQL_UNKNOWN_FUNCTION');
  });
  test('a later definition takes the place of an earlier one', async () => {
    const define = (millrace: engine.Streams): void => {
      millrace.udf('f', { args: [], returns: 'INT' }, () => 1);
      millrace.udf('f', { args: [], returns: 'INT' }, () => 2);
    };
    expect(await ask('SELECT f()', { define })).toEqual(['+I 2']);
  });
  test('conditions of outer joins refuse them by name', async () => {
    const define = (millrace: engine.Streams): void => millrace.udf('celsius', celsius);
    await expect(
      ask('SELECT * FROM (VALUES (1)) AS a (x) LEFT JOIN (VALUES (1)) AS b (y) ON x = y AND celsius(x) > y', {
        define,
      }),
    ).rejects.toThrow('PLAN_UNSUPPORTED');
  });
});
