/** Where Jupyter looks for kernels and extensions, as jupyter_core computes it. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface InstallTarget {
  /** `share/jupyter` below a Python environment, or the user's own data folder. */
  readonly dataDirectory: string;
}

/** The user's data folder: $JUPYTER_DATA_DIR, else the platform's place. */
export function userDataDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env['JUPYTER_DATA_DIR'] !== undefined) return env['JUPYTER_DATA_DIR'];
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'jupyter');
}

/** The data folder of a Python environment. */
export const prefixDataDirectory = (prefix: string): string => join(prefix, 'share', 'jupyter');
