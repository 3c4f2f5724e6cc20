/** What CREATE CATALOG takes: the catalog `generic_in_memory` with Flink's options, and words for those that only a JVM has. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';

export const IN_MEMORY = 'generic_in_memory';
const inMemoryOptions = ['default-database', 'property-version'];

/**
 * Checks the options of a catalog; gives the name of its default database.
 * @throws CONNECTOR_OPTION for a missing or unknown type, SQL_UNSUPPORTED for Hive and others that run on a JVM alone
 */
export function checkCatalogOptions(options: Readonly<Record<string, string>>, span: Span): string {
  const { type, ...rest } = options;
  if (type === undefined) {
    throw new MillraceError(
      'CONNECTOR_OPTION',
      "Catalog options do not contain an option key 'type' for discovering a catalog.",
      { span, hint: `WITH ('type' = '${IN_MEMORY}')` },
    );
  }
  if (type !== IN_MEMORY) {
    const known = type === 'hive' || type === 'jdbc' || type === 'paimon' || type === 'iceberg';
    throw new MillraceError(
      known ? 'SQL_UNSUPPORTED' : 'CONNECTOR_OPTION',
      `Could not find any factory for identifier '${type}' that implements 'org.apache.flink.table.factories.CatalogFactory' in the classpath.\n\nAvailable factory identifiers are:\n\n${IN_MEMORY}`,
      { span, hint: didYouMean(type, [IN_MEMORY]) ?? otherWay(type) },
    );
  }
  const unknown = Object.keys(rest).filter((key) => !inMemoryOptions.includes(key));
  if (unknown.length > 0) {
    throw new MillraceError(
      'CONNECTOR_OPTION',
      `Unsupported options found for '${IN_MEMORY}'.\n\nUnsupported options:\n\n${unknown.toSorted().join('\n')}\n\nSupported options:\n\n${inMemoryOptions.join('\n')}`,
      { span, hint: didYouMean(unknown[0]!, inMemoryOptions) ?? `options: ${inMemoryOptions.join(', ')}` },
    );
  }
  return rest['default-database'] ?? 'default';
}

function otherWay(type: string): string {
  if (type === 'jdbc') return "a table of a database is a CREATE TABLE ... WITH ('connector' = 'jdbc', ...)";
  if (type === 'hive' || type === 'paimon' || type === 'iceberg') {
    return `a ${type} catalog needs a JVM: read its files with 'connector' = 'filesystem', or send the script to a Flink cluster`;
  }
  return `there is one kind of catalog here: 'type' = '${IN_MEMORY}'`;
}
