import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from './files.ts';

/** A file under a hidden name, and the name under which it will be seen. */
export interface PendingFile {
  readonly hidden: string;
  readonly visible: string;
}

/** A part file that is being written. */
export class Part {
  readonly hidden: string;
  readonly visible: string;
  readonly began: number;
  readonly #file: FileHandle;
  bytes = 0;

  private constructor(hidden: string, visible: string, began: number, file: FileHandle) {
    this.hidden = hidden;
    this.visible = visible;
    this.began = began;
    this.#file = file;
  }

  static async begin(hidden: string, visible: string, began: number): Promise<Part> {
    try {
      await mkdir(dirname(hidden), { recursive: true });
      return new Part(hidden, visible, began, await open(hidden, 'wx'));
    } catch (error) {
      throw fileError(hidden, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    } catch (error) {
      throw fileError(this.hidden, error);
    }
    this.bytes += bytes.length;
  }

  /** On disk for good. */
  async finish(): Promise<void> {
    try {
      await this.#file.datasync();
      await this.#file.close();
    } catch (error) {
      throw fileError(this.hidden, error);
    }
  }

  /** The hidden file stays, as in Flink: what was written may still be of use to somebody. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }
}
