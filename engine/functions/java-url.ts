/** The parts of a URL as java.net.URL splits them: no decoding, no normalisation, only protocols that a JDK knows. */

export interface UrlParts {
  readonly PROTOCOL: string;
  readonly AUTHORITY: string | null;
  readonly USERINFO: string | null;
  readonly HOST: string;
  readonly PATH: string;
  readonly QUERY: string | null;
  readonly FILE: string;
  readonly REF: string | null;
}

const protocols: ReadonlySet<string> = new Set(['http', 'https', 'ftp', 'file', 'jar', 'jmod', 'jrt', 'mailto']);

/** Undefined where `new URL(text)` throws. */
export function parseJavaUrl(text: string): UrlParts | undefined {
  let rest = text.replace(/^[\0-\u0020]+|[\0-\u0020]+$/g, '').replace(/^url:/i, '');
  const colon = rest.indexOf(':');
  const slash = rest.indexOf('/');
  if (rest.startsWith('#') || colon < 0 || (slash >= 0 && slash < colon)) return undefined;
  const protocol = rest.slice(0, colon).toLowerCase();
  if (!protocols.has(protocol)) return undefined;
  rest = rest.slice(colon + 1);
  const hash = rest.indexOf('#');
  const ref = hash < 0 ? null : rest.slice(hash + 1);
  if (hash >= 0) rest = rest.slice(0, hash);
  const isOpaque = protocol === 'mailto' || protocol === 'jar';
  const question = isOpaque ? -1 : rest.indexOf('?');
  const query = question < 0 ? null : rest.slice(question + 1);
  if (question >= 0) rest = rest.slice(0, question);
  const server = !isOpaque && rest.startsWith('//') && !rest.startsWith('////') ? parseAuthority(rest) : noServer(rest);
  if (server === undefined) return undefined;
  const { path } = server;
  return {
    PROTOCOL: protocol,
    AUTHORITY: server.authority,
    USERINFO: server.userInfo,
    HOST: server.host,
    PATH: path,
    QUERY: query,
    FILE: query === null ? path : `${path}?${query}`,
    REF: ref,
  };
}

interface Server {
  readonly authority: string | null;
  readonly userInfo: string | null;
  readonly host: string;
  readonly path: string;
}

const noServer = (path: string): Server => ({ authority: null, userInfo: null, host: '', path });

function parseAuthority(rest: string): Server | undefined {
  const end = rest.indexOf('/', 2);
  const authority = rest.slice(2, end < 0 ? undefined : end);
  const path = end < 0 ? '' : rest.slice(end);
  const at = authority.indexOf('@');
  if (at !== authority.lastIndexOf('@')) return { authority, userInfo: null, host: '', path };
  const userInfo = at < 0 ? null : authority.slice(0, at);
  const match = /^(\[[0-9A-Fa-f:.%]{2,}\]|[^[:][^:]*|)(?::(.*))?$/s.exec(authority.slice(at + 1));
  if (match === null) return undefined;
  const port = match[2] === undefined || match[2] === '' ? -1 : parsePort(match[2]);
  return port < -1 || Number.isNaN(port) ? undefined : { authority, userInfo, host: match[1]!, path };
}

/** As Integer.parseInt: NaN for what is no 32-bit integer. */
function parsePort(text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  return value === Math.trunc(value) && Math.abs(value) <= 0x7fffffff ? value : NaN;
}
