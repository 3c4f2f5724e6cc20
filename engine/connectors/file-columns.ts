import { basename } from 'node:path';
import type { Batch } from '../data/batch.ts';
import { columnOf } from '../data/column-builder.ts';
import { Dictionary, type Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { ChunkOutput, ChunkReaderSpec, FileMetadataKey } from './chunks.ts';
import type { FoundFile } from './files.ts';
import { partitionValue } from './partition-path.ts';

type FolderOutput = Extract<ChunkOutput, { from: 'folder' }>;

/** The columns of a table out of those that a file's records give: metadata of the file and names of its folders are put beside them. */
export class FileColumns {
  readonly #spec: ChunkReaderSpec;
  #names: { readonly path: string; readonly dictionaries: Map<FileMetadataKey, Dictionary> } | undefined;

  constructor(spec: ChunkReaderSpec) {
    this.#spec = spec;
  }

  of(batch: Batch, file: FoundFile): Batch {
    const columns = this.#spec.outputs.map((output) =>
      output.from === 'decoder'
        ? batch.columns[output.index]!
        : output.from === 'file'
          ? this.#metadata(output.key, output.type, file, batch.length)
          : this.#folder(output, file, batch.length),
    );
    return { length: batch.length, columns, kinds: batch.kinds };
  }

  #metadata(key: FileMetadataKey, type: DataType, file: FoundFile, length: number): Column {
    if (key === 'file.path' || key === 'file.name') {
      const codes = new Int32Array(length);
      const dictionary = this.#name(key, file.path);
      return { storage: 'str', encoding: 'dict', type, length, valid: undefined, codes, dictionary };
    }
    const value: Value = key === 'file.size' ? BigInt(file.size) : file.modified;
    return columnOf(type, new Array<Value>(length).fill(value));
  }

  #folder({ name, type, nullName }: FolderOutput, { path }: FoundFile, length: number): Column {
    const value = partitionValue(path, name, type, nullName, this.#spec.decoder.timeZone);
    return columnOf(type, new Array<Value>(length).fill(value));
  }

  #name(key: 'file.path' | 'file.name', path: string): Dictionary {
    if (this.#names?.path !== path) this.#names = { path, dictionaries: new Map() };
    let dictionary = this.#names.dictionaries.get(key);
    if (dictionary === undefined) {
      dictionary = new Dictionary();
      dictionary.strings.push(key === 'file.path' ? path : basename(path));
      this.#names.dictionaries.set(key, dictionary);
    }
    return dictionary;
  }
}
