import type { Batch } from '../data/batch.ts';
import type { DecodedRange, Decoder } from '../formats/format.ts';
import { malformedInFile, RowFailure } from '../formats/malformed.ts';
import { makeDecoder } from '../formats/registry.ts';
import type { ChunkReaderSpec } from './chunks.ts';
import { FileColumns } from './file-columns.ts';
import type { FoundFile } from './files.ts';

/** Bytes of a file to rows of the table: the decoded columns and the file's metadata side by side. */
export class FileRows {
  readonly decoder: Decoder;
  readonly #spec: ChunkReaderSpec;
  readonly #columns: FileColumns;

  constructor(spec: ChunkReaderSpec) {
    this.#spec = spec;
    this.#columns = new FileColumns(spec);
    this.decoder = makeDecoder(spec.decoder);
  }

  /**
   * The records that begin in bytes[start, limit), as Decoder.decodeRange; `base` is where in the file the bytes begin, undefined in
   * compressed files. Throws FORMAT_MALFORMED.
   */
  decode(
    file: FoundFile,
    bytes: Uint8Array,
    range: { readonly start: number; readonly limit: number; readonly to: number; readonly last: boolean },
    base: number | undefined,
  ): DecodedRange {
    try {
      const decoded = this.decoder.decodeRange(bytes, range.start, range.limit, range.to, range.last);
      return { ...decoded, batch: this.#columns.of(decoded.batch, file) };
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error;
      throw malformedInFile(file.path, base, error.error, this.#spec.decoder.format);
    }
  }

  empty(file: FoundFile): Batch {
    return this.#columns.of(this.decoder.decode(new Uint8Array(0), 0, 0), file);
  }
}
