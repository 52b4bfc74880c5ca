import { type FileHandle, open } from "node:fs/promises";

const chunk = 1024 * 1024;
const leastStep = 1024 * 1024;
const largestStep = 8 * 1024 * 1024;

/**
 * Room at the end of the data file, taken from the disk before LMDB needs it: a full disk is found here, where it harms
 * nothing. LMDB itself fares badly when the system refuses a write: it writes its message about it into memory that is too
 * short, and may end the process.
 */
export class FileSpace {
  readonly #file: FileHandle;
  /** Kept: making it costs more than writing it. */
  #zeros: Uint8Array | undefined;
  #end: number;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  static async open(path: string): Promise<FileSpace> {
    const file = await open(path, "r+");
    return new FileSpace(file, (await file.stat()).size);
  }

  /** Sees to it that the file has `needed` bytes beyond the first `used`. Rejects with the system's error when it can't grow. */
  async ensure(used: number, needed: number): Promise<void> {
    if (this.#end - used >= needed) return;
    // LMDB may have grown the file by itself.
    this.#end = (await this.#file.stat()).size;
    if (this.#end - used >= needed) return;
    const least = used + needed;
    const step = Math.min(largestStep, Math.max(leastStep, used / 8));
    this.#zeros ??= new Uint8Array(chunk);
    // On a disk that is nearly full, what this batch needs will do.
    for (const target of [least + step, least]) {
      try {
        while (this.#end < target) {
          const { bytesWritten } = await this.#file.write(this.#zeros, 0, Math.min(chunk, target - this.#end), this.#end);
          this.#end += bytesWritten;
        }
        return;
      } catch (error) {
        if (this.#end >= least) return;
        if (target === least) throw error;
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
