import { spawn } from "node:child_process";

/** Runs a program to its end and answers what it wrote to its standard output; rejects with `CommandError`. */
export type CommandRunner = (command: readonly string[], options?: { input?: string }) => Promise<string>;

export class CommandError extends Error {
  readonly command: readonly string[];
  /** Undefined when the program wasn't found or was killed. */
  readonly exitCode: number | undefined;
  readonly stderr: string;
  /** There is no such program on the PATH. */
  readonly missing: boolean;

  constructor(command: readonly string[], exitCode: number | undefined, stderr: string, missing = false) {
    const what = missing ? "not found" : exitCode === undefined ? "killed" : `exit code ${exitCode}`;
    const text = stderr.trim();
    super(`${command.join(" ")}: ${what}${text ? `: ${text.length > 2000 ? `${text.slice(0, 2000)}…` : text}` : ""}`);
    this.name = "CommandError";
    this.command = command;
    this.exitCode = exitCode;
    this.stderr = stderr;
    this.missing = missing;
  }
}

/** Programs of the system, found on the PATH and in the sbin directories that a user's PATH often lacks. */
export const runCommand: CommandRunner = (command, { input } = {}) =>
  new Promise((resolve, reject) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin` },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // A program that fails early closes its input; its exit code tells the story.
    child.stdin.on("error", () => {});
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(new CommandError(command, undefined, error.message, error.code === "ENOENT"));
    });
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else reject(new CommandError(command, code ?? undefined, Buffer.concat(stderr).toString()));
    });
    child.stdin.end(input ?? "");
  });

/** Runs programs inside a named network namespace. */
export function inNetworkNamespace(name: string, run: CommandRunner = runCommand): CommandRunner {
  return (command, options) => run(["ip", "netns", "exec", name, ...command], options);
}
