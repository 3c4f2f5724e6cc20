import { readConnectionFile } from './protocol/connection.ts';
import { Server } from './server.ts';
import { version } from './version.ts';

/** How often to look whether the front end is still there (ms). */
const PARENT_INTERVAL = 2000;

/** `millrace run CONNECTION_FILE`: what Jupyter starts. Resolves with the exit code when the kernel was shut down. */
export async function run(args: readonly string[]): Promise<number> {
  const [file] = args;
  if (file === undefined || args.length !== 1) {
    process.stderr.write('usage: millrace run CONNECTION_FILE (Jupyter calls this)\n');
    return 2;
  }
  const server = new Server(readConnectionFile(file), process.cwd(), version());
  // a fault of ours costs one answer, not the user's session
  process.on('uncaughtException', (error) => process.stderr.write(`millrace: ${error.stack ?? error.message}\n`));
  process.on('unhandledRejection', (reason) => process.stderr.write(`millrace: ${String(reason)}\n`));
  process.on('SIGINT', () => server.interrupt());
  process.on('SIGTERM', () => server.stop());
  endWithParent(() => server.stop());
  await server.run();
  return 0;
}

/** Jupyter says who started us; a kernel whose parent has died would run for ever. */
function endWithParent(stop: () => void): void {
  if (process.env['JPY_PARENT_PID'] === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_INTERVAL).unref();
}
