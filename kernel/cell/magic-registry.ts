import type { AnyMagic } from '../magic.ts';
import { MagicUsageError } from '../magic.ts';
import type { MagicInfo } from '../runtime-process/messages.ts';
import { longName } from './magic-arguments.ts';
import { nearest } from './nearest.ts';

/** The magics by name and alias. A later magic takes the names of an earlier one. */
export class MagicRegistry {
  readonly all: readonly AnyMagic[];
  readonly #byName = new Map<string, AnyMagic>();

  constructor(magics: readonly AnyMagic[]) {
    for (const magic of magics) for (const name of namesOf(magic)) this.#byName.set(name, magic);
    this.all = [...new Set(this.#byName.values())].toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** Throws MagicUsageError for a name that nobody has (naming the nearest) and for a line magic called as a cell magic or the reverse. */
  find(name: string, kind: 'line' | 'cell'): AnyMagic {
    const sign = kind === 'cell' ? '%%' : '%';
    const magic = this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
    if (magic === undefined) {
      const near = nearest(name, this.#byName.keys());
      const hint =
        near === undefined
          ? '%lsmagic lists all magics'
          : `did you mean ${this.#written(near)}? (%lsmagic lists all magics)`;
      throw new MagicUsageError(`there is no magic ${sign}${name}`, hint, 'MAGIC_UNKNOWN');
    }
    if (magic.kind !== 'both' && magic.kind !== kind) {
      const what = kind === 'cell' ? 'works on one line, without a body' : 'works on a cell';
      throw new MagicUsageError(`${name} ${what}`, `write ${this.#written(name)}`);
    }
    return magic;
  }

  get(name: string): AnyMagic | undefined {
    return this.#byName.get(name);
  }

  describe(): MagicInfo[] {
    return this.all.map((magic) => ({
      names: namesOf(magic),
      kind: magic.kind,
      summary: magic.summary,
      options: Object.entries(magic.options ?? {}).map(([key, spec]) => ({
        flags: [`--${longName(key)}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])],
        help: spec.help,
        choices: spec.choices ?? [],
      })),
    }));
  }

  #written(name: string): string {
    return (this.#byName.get(name)!.kind === 'cell' ? '%%' : '%') + name;
  }
}

function namesOf(magic: AnyMagic): string[] {
  return [magic.name, ...(magic.aliases ?? [])];
}
