import { readFileSync } from "node:fs";

/** What a process has used so far, as Linux tells it. */
export interface ProcessFigures {
  residentMegabytes: number;
  peakMegabytes: number;
  cpuSeconds: number;
  /** Bytes of pages that it dirtied. The system counts a whole folio of its page cache for a page of 4 KB: 100 KB where folios are large. */
  dirtiedBytes: number;
  /** Bytes that it gave to write calls: files, sockets and pipes. */
  givenBytes: number;
}

const megabyte = 1024 * 1024;
const ticksPerSecond = 100;

/** The figures of several processes together. */
export function figuresOf(pids: readonly number[]): ProcessFigures {
  const sum: ProcessFigures = { residentMegabytes: 0, peakMegabytes: 0, cpuSeconds: 0, dirtiedBytes: 0, givenBytes: 0 };
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
    sum.residentMegabytes += (kilobytes("VmRSS") * 1024) / megabyte;
    sum.peakMegabytes += (kilobytes("VmHWM") * 1024) / megabyte;
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may have spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    sum.cpuSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    const io = readFileSync(`/proc/${pid}/io`, "utf8");
    const counter = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(io)?.[1] ?? 0);
    sum.dirtiedBytes += counter("write_bytes");
    sum.givenBytes += counter("wchar");
  }
  return sum;
}
