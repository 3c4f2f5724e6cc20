import { describe, expect, it } from 'vitest';
import { Catalog, objectPath, pathText } from '../../../engine/catalog/catalog.ts';
import type { CatalogObject } from '../../../engine/catalog/catalog.ts';
import { MillraceError } from '../../../engine/errors.ts';

function table(name: string, options: { temporary?: boolean; database?: string } = {}): CatalogObject {
  return {
    kind: 'table',
    table: {
      path: { catalog: 'default_catalog', database: options.database ?? 'default_database', name },
      columns: [{ kind: 'physical', name: 'x', type: { kind: 'INT', nullable: true } }],
      watermark: undefined,
      primaryKey: undefined,
      partitionedBy: [],
      options: {},
      comment: undefined,
      temporary: options.temporary ?? false,
    },
  };
}
const plain = { ifNotExists: false };
const names = (catalog: Catalog): string[] => catalog.list().map((object) => objectPath(object).name);

function complaint(run: () => unknown): { code: string; hint: string | undefined } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof MillraceError) return { code: error.code, hint: error.hint };
    throw error;
  }
}

describe('tables', () => {
  it('are found by one, two or three names', () => {
    const catalog = new Catalog();
    catalog.create(table('orders'), plain);
    for (const parts of [
      ['orders'],
      ['default_database', 'orders'],
      ['default_catalog', 'default_database', 'orders'],
    ]) {
      expect(pathText(objectPath(catalog.find(parts)!))).toBe('default_catalog.default_database.orders');
    }
    expect(catalog.find(['Orders'])).toBeUndefined();
  });

  it('are made once', () => {
    const catalog = new Catalog();
    expect(catalog.create(table('a'), plain)).toBe(true);
    expect(complaint(() => catalog.create(table('a'), plain))?.code).toBe('CATALOG_EXISTS');
    expect(catalog.create(table('a'), { ifNotExists: true })).toBe(false);
  });

  it('are hidden by temporary ones until those are dropped', () => {
    const catalog = new Catalog();
    catalog.create(table('a'), plain);
    catalog.create(table('a', { temporary: true }), plain);
    const found = catalog.find(['a'])!;
    expect(found.kind === 'table' && found.table.temporary).toBe(true);
    expect(names(catalog)).toEqual(['a']);
    const path = objectPath(found);
    expect(complaint(() => catalog.drop(path, { kind: 'table', temporary: false, ifExists: false }))).toEqual({
      code: 'SQL_INVALID',
      hint: 'DROP TEMPORARY TABLE a',
    });
    catalog.drop(path, { kind: 'table', temporary: true, ifExists: false });
    const left = catalog.find(['a'])!;
    expect(left.kind === 'table' && left.table.temporary).toBe(false);
  });

  it('that are missing get a near name, or the names there are', () => {
    const catalog = new Catalog();
    expect(complaint(() => catalog.lookup(['a']))?.hint).toBe('there are no tables yet: make one with CREATE TABLE');
    catalog.create(table('orders'), plain);
    catalog.create(table('customers'), plain);
    expect(complaint(() => catalog.lookup(['ordres']))).toEqual({
      code: 'SQL_UNKNOWN_TABLE',
      hint: 'did you mean "orders"?',
    });
    expect(complaint(() => catalog.lookup(['x']))?.hint).toBe('tables here: customers, orders');
    expect(complaint(() => catalog.lookup(['default_databas', 'orders']))?.hint).toBe(
      'did you mean "default_database"?',
    );
  });

  it('are not dropped as views', () => {
    const catalog = new Catalog();
    catalog.create(table('a'), plain);
    const path = catalog.resolve(['a']);
    expect(complaint(() => catalog.drop(path, { kind: 'view', temporary: false, ifExists: false }))).toEqual({
      code: 'SQL_UNKNOWN_TABLE',
      hint: 'it is a table: DROP TABLE a',
    });
    expect(catalog.drop(catalog.resolve(['b']), { kind: 'table', temporary: false, ifExists: true })).toBe(false);
  });
});

describe('databases', () => {
  it('hold their own tables', () => {
    const catalog = new Catalog();
    catalog.createDatabase('default_catalog', 'shop', plain);
    catalog.create(table('a', { database: 'shop' }), plain);
    expect(catalog.find(['a'])).toBeUndefined();
    catalog.useDatabase('default_catalog', 'shop');
    expect(names(catalog)).toEqual(['a']);
    expect(catalog.databases()).toEqual(['default_database', 'shop']);
  });

  it('are dropped when they are empty, or with CASCADE, and not while in use', () => {
    const catalog = new Catalog();
    catalog.createDatabase('default_catalog', 'shop', plain);
    catalog.create(table('a', { database: 'shop' }), plain);
    const drop = (how: { ifExists: boolean; cascade: boolean }): boolean =>
      catalog.dropDatabase('default_catalog', 'shop', how);
    expect(complaint(() => drop({ ifExists: false, cascade: false }))?.hint).toBe('use DROP DATABASE ... CASCADE');
    catalog.useDatabase('default_catalog', 'shop');
    expect(complaint(() => drop({ ifExists: false, cascade: true }))?.code).toBe('SQL_INVALID');
    catalog.useCatalog('default_catalog');
    expect(drop({ ifExists: false, cascade: true })).toBe(true);
    expect(complaint(() => drop({ ifExists: false, cascade: true }))?.code).toBe('CATALOG_NOT_FOUND');
    expect(drop({ ifExists: true, cascade: true })).toBe(false);
  });
});
