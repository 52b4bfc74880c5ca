import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

/** Why programs can't be run on a terminal here. */
export function whyNoTerminal(): string | undefined {
  return spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0 ? undefined : "python3 is not installed";
}

/** A program on a terminal, as a person has it before them. */
export class Terminal {
  /** The program's exit code. */
  readonly ended: Promise<number>;
  readonly #process: ChildProcess;
  #screen = "";
  #changed: () => void = () => {};
  #read = 0;

  constructor(size: { rows: number; columns: number }, program: string, ...args: string[]) {
    const script = join(import.meta.dirname, "terminal.py");
    const child = spawn("python3", [script, String(size.rows), String(size.columns), program, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process = child;
    child.stdout.on("data", (chunk: Buffer) => {
      this.#screen += chunk.toString();
      this.#changed();
    });
    this.ended = new Promise((resolve) =>
      child.once("close", (code) => {
        resolve(code ?? -1);
        this.#changed();
      }),
    );
    child.stdin.on("error", () => {});
  }

  /** All that was shown so far. */
  get screen(): string {
    return this.#screen;
  }

  type(text: string): void {
    this.#process.stdin?.write(`${JSON.stringify({ send: text })}\n`);
  }

  resize(rows: number, columns: number): void {
    this.#process.stdin?.write(`${JSON.stringify({ resize: [rows, columns] })}\n`);
  }

  /** Waits until the text is shown, after what was waited for before. */
  async shows(text: string, seconds = 20): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const at = this.#screen.indexOf(text, this.#read);
      if (at >= 0) {
        this.#read = at + text.length;
        return;
      }
      const left = deadline - performance.now();
      if (left <= 0 || this.#process.exitCode !== null) throw new Error(`${JSON.stringify(text)} isn't shown:\n${this.#screen}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
