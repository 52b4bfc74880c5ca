/** Which of a container's streams a reader wants. */
export type LogStreams = "All" | "Stdout" | "Stderr";

export interface PrintOptions {
  streams: LogStreams;
  /** Begin each line with its time. */
  timestamps: boolean;
  /** Leave out what is older, in milliseconds since the epoch. */
  since?: number;
  /** Print no more than so many bytes. */
  limitBytes?: number;
}

const space = 0x20;
const newline = 0x0a;
const letterP = 0x50;
const colon = 0x3a;
/** The fourth letter tells `stdout` from `stderr`. */
const letterO = 0x6f;
const letterE = 0x65;
const streamLength = "stdout".length;

/**
 * Turns the lines of a CRI log file (`TIME STREAM TAGS CONTENT`) into what the container wrote. A line with the tag `P` is part of a
 * longer one and goes on in the next. Lines of another form are left out.
 */
export class LogPrinter {
  readonly #options: PrintOptions;
  #remaining: number;
  #atLineStart = true;

  constructor(options: PrintOptions) {
    this.#options = options;
    this.#remaining = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** All bytes that were asked for have been printed. */
  get finished(): boolean {
    return this.#remaining <= 0;
  }

  /** Prints whole lines; the last one may lack its end. The answer shares no memory with the lines. */
  print(lines: Buffer): Buffer {
    const { timestamps, streams } = this.#options;
    // A printed time may have more digits than the one in the file.
    const output = Buffer.allocUnsafe(timestamps ? lines.length * 2 : lines.length);
    let length = 0;
    for (let start = 0; start < lines.length && this.#remaining > 0; ) {
      const end = lines.indexOf(newline, start);
      const next = end < 0 ? lines.length : end + 1;
      const lineStart = start;
      start = next;
      const timeEnd = lines.indexOf(space, lineStart);
      const streamEnd = timeEnd + 1 + streamLength;
      if (timeEnd < 0 || streamEnd >= next || lines[streamEnd] !== space) continue;
      const tagsEnd = lines.indexOf(space, streamEnd + 1);
      if (tagsEnd < 0 || tagsEnd >= next) continue;
      const letter = lines[timeEnd + 4];
      if (letter !== letterO && letter !== letterE) continue;
      if (this.#isOld(lines, lineStart, timeEnd)) continue;
      if ((streams === "Stdout" && letter !== letterO) || (streams === "Stderr" && letter !== letterE)) continue;
      const afterTag = lines[streamEnd + 2];
      const isPart = lines[streamEnd + 1] === letterP && (afterTag === space || afterTag === colon);
      const contentEnd = isPart && end >= 0 ? end : next;
      const before = length;
      if (timestamps && this.#atLineStart)
        length += output.write(`${fixedTime(lines.toString("latin1", lineStart, timeEnd))} `, length, "latin1");
      length += lines.copy(output, length, tagsEnd + 1, contentEnd);
      this.#atLineStart = contentEnd === tagsEnd + 1 || lines[contentEnd - 1] === newline;
      const printed = length - before;
      if (printed > this.#remaining) length = before + this.#remaining;
      this.#remaining -= printed;
    }
    return output.subarray(0, length);
  }

  #isOld(lines: Buffer, start: number, end: number): boolean {
    const { since } = this.#options;
    return since !== undefined && Date.parse(lines.toString("latin1", start, end)) < since;
  }
}

/** A time with nine digits after the point, as upstream prints it. */
function fixedTime(time: string): string {
  const parts = /^([^.Z+]{19})(?:\.(\d+))?(.*)$/.exec(time);
  if (!parts) return time;
  return `${parts[1]}.${(parts[2] ?? "").padEnd(9, "0").slice(0, 9)}${parts[3]}`;
}
