// How SQL cells are coloured: Flink's words, hints, back-ticked names, `:parameters` and `{{expressions}}`, and the options of the first line.

export const SQL_MIME = 'text/x-flinksql';

const words = (text) => new Set(text.trim().split(/\s+/));

const KEYWORDS = words(`
  ADD ALL ALTER ANALYZE AND ANY AS ASC BEGIN BETWEEN BY CASCADE CASE CATALOG CATALOGS CHANGELOG_MODE COLUMN COLUMNS COMMENT
  CONSTRAINT CREATE CROSS CUBE CURRENT DATABASE DATABASES DEFINE DELETE DESC DESCRIBE DESCRIPTOR DISTINCT DISTRIBUTED DROP
  ELSE EMIT END ENFORCED ESCAPE EXCEPT EXCLUDING EXECUTE EXISTS EXPLAIN FETCH FILTER FIRST FOLLOWING FOR FROM FULL FUNCTION
  FUNCTIONS GENERATED GROUP GROUPING HAVING IF ILIKE IN INCLUDING INNER INSERT INTERSECT INTO IS JOIN KEY LAST LATERAL LEFT
  LIKE LIMIT MATCH_RECOGNIZE MATERIALIZED MEASURES METADATA MODEL MODELS NATURAL NEXT NOT NULLS OF OFFSET ON ONE OR ORDER
  OUTER OVER OVERWRITE OVERWRITING PARTITION PARTITIONED PAST PATTERN PER PLAN PRECEDING PRIMARY QUALIFY RANGE REPLACE RESET
  RIGHT ROLLUP ROW ROWS SELECT SEMI SET SETS SHOW SIMILAR SKIP SOME STATEMENT SYSTEM_TIME TABLE TABLES TEMPORARY THEN TO
  UNBOUNDED UNION UNIQUE UNNEST UPDATE USE USING VALUES VIEW VIEWS VIRTUAL WATERMARK WHEN WHERE WINDOW WITH WITHIN
`);
const TYPES = words(`
  ARRAY BIGINT BINARY BOOLEAN BYTES CHAR DATE DAY DEC DECIMAL DOUBLE FLOAT HOUR INT INTEGER INTERVAL MAP MINUTE MONTH
  MULTISET NUMERIC PRECISION REAL SECOND SMALLINT STRING TIME TIMESTAMP TIMESTAMP_LTZ TINYINT VARBINARY VARCHAR VARIANT YEAR ZONE
`);
const ATOMS = words('TRUE FALSE NULL UNKNOWN CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP');

/** Words before `(` are functions, except those that are keywords there too. */
function word(text, stream) {
  const upper = text.toUpperCase();
  if (ATOMS.has(upper)) return 'atom';
  if (KEYWORDS.has(upper)) return 'keyword';
  if (TYPES.has(upper)) return 'variableName.standard';
  return stream.match(/^\s*\(/, false) ? 'variableName.function' : 'variableName';
}

function firstLine(stream) {
  if (stream.match(/^%%?\w+/)) return 'meta';
  if (stream.match(/^--?[a-z][\w-]*/i)) return 'attributeName';
  if (stream.match(/^(?:<<|=)/)) return 'operator';
  if (stream.match(/^(?:'[^']*'|"[^"]*")/)) return 'string';
  if (stream.match(/^\S+/)) return 'variableName';
  stream.next();
  return null;
}

function token(stream, state) {
  if (stream.sol() && stream.match(/^\s*%%/, false)) state.magic = true;
  else if (stream.sol()) state.magic = false;
  if (stream.eatSpace()) return null;
  if (state.magic) return firstLine(stream);
  if (state.inside !== null) {
    const [end, style] = state.inside;
    if (stream.skipTo(end)) {
      stream.match(end);
      state.inside = null;
    } else stream.skipToEnd();
    return style;
  }
  if (stream.match('--')) {
    stream.skipToEnd();
    return 'comment';
  }
  for (const [begin, end, style] of [
    ['/*+', '*/', 'meta'],
    ['/*', '*/', 'comment'],
    ['{{', '}}', 'meta'],
    ["'", "'", 'string'],
  ]) {
    if (!stream.match(begin)) continue;
    state.inside = [end, style];
    return style;
  }
  if (stream.match(/^`(?:[^`]|``)*`?/) || stream.match(/^"(?:[^"]|"")*"?/)) return 'variableName.special';
  if (stream.match(/^:(?:\.\.\.)?[A-Za-z_]\w*/)) return 'variableName.special';
  if (stream.match(/^\d+(?:\.\d+)?(?:e[+-]?\d+)?/i)) return 'number';
  const name = stream.match(/^[A-Za-z_$][\w$]*/);
  if (name) return word(name[0], stream);
  if (stream.match(/^[-+*/%<>=!|]+/)) return 'operator';
  stream.next();
  return 'punctuation';
}

/** Registers the language with the page's editors. */
export function addSqlLanguage(registry, { StreamLanguage, LanguageSupport }) {
  registry.addLanguage({
    name: 'flinksql',
    displayName: 'Flink SQL',
    mime: SQL_MIME,
    load: () =>
      Promise.resolve(
        new LanguageSupport(
          StreamLanguage.define({
            name: 'flinksql',
            startState: () => ({ inside: null, magic: false }),
            copyState: ({ inside, magic }) => ({ inside, magic }),
            token,
            languageData: { commentTokens: { line: '--', block: { open: '/*', close: '*/' } } },
          }),
        ),
      ),
  });
}
