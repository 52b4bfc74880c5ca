import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { found } from "./binaries.ts";

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A client's program that keeps running, with its log in a directory of its own. */
export class ProgramProcess {
  readonly log: string;
  readonly #process: ChildProcess;

  private constructor(log: string, child: ChildProcess) {
    this.log = log;
    this.#process = child;
  }

  /** `words` are made of the directory, which is made. */
  static start(program: string, directory: string, words: (directory: string) => string[]): ProgramProcess {
    mkdirSync(directory);
    const env = { PATH: process.env.PATH, HOME: directory };
    const child = spawn(found(program), words(directory), { cwd: directory, env, stdio: ["ignore", "ignore", "pipe"] });
    const log = join(directory, "log");
    child.stderr.pipe(createWriteStream(log));
    return new ProgramProcess(log, child);
  }

  /** What it logged as errors. */
  errors(): string[] {
    return readFileSync(this.log, "utf8")
      .split("\n")
      .filter((line) => /^[EF]\d{4} /.test(line));
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await ended;
  }
}
