import { afterEach, describe, expect, it } from 'vitest';
import { Session } from '../../../engine/session.ts';
import { explainBundle } from '../../../engine/view/plan-picture.ts';

const session = new Session({ placement: 'local' });
afterEach(() => session.close());

const table = "CREATE TABLE t (id INT, k STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '1');";

describe('explainBundle', () => {
  it('draws a box for every operator, once, with its text escaped', async () => {
    const results = await session.sql(`${table} EXPLAIN SELECT k, COUNT(*) FROM t WHERE k <> '<b>' GROUP BY k`);
    const result = results[1]!;
    if (result.kind !== 'rows') throw new Error('EXPLAIN gives rows');
    const bundle = explainBundle(String(result.rows[0]![0]), result.plans!);
    const svg = String(bundle['image/svg+xml']);
    expect(svg.match(/<rect x=/g)).toHaveLength(5);
    expect(svg).toContain('>GroupAggregate</text>');
    expect(svg).toContain('&lt;b&gt;');
    expect(svg + String(bundle['text/html'])).not.toContain('<b>');
    expect(String(bundle['text/plain'])).toMatch(/^== Abstract Syntax Tree ==/);
  });

  it('names what keeps growing and why the result is updated', async () => {
    const results = await session.sql('EXPLAIN SELECT k, COUNT(*) FROM t GROUP BY k');
    const result = results[0]!;
    const text = result.kind === 'rows' ? String(result.rows[0]![0]) : '';
    expect(text).toContain('GROUP BY keeps an entry for every value of (k), for ever');
    expect(text).toContain('the result is updated because a row changes the aggregate of its (k)');
    const [hinted] = await session.sql("EXPLAIN SELECT /*+ STATE_TTL('t' = '1d') */ k, COUNT(*) FROM t GROUP BY k");
    expect(hinted!.kind === 'rows' && String(hinted!.rows[0]![0])).not.toContain('for ever');
    await session.sql("SET 'table.exec.state.ttl' = '1 h'");
    const [bounded] = await session.sql('EXPLAIN SELECT k, COUNT(*) FROM t GROUP BY k');
    expect(bounded!.kind === 'rows' && String(bounded!.rows[0]![0])).not.toContain('for ever');
  });
});
