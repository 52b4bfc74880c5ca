import { createInterface } from "node:readline/promises";
import { type Apt, type Host, installPackages, missingParts, thisHost, whyNotInstallable } from "../cluster/system-packages.ts";
import { runSteps } from "./steps.ts";

/** The machine and the person, as setup deals with them. */
export interface SetupDeps {
  host: Host;
  /** Absent: the real one. */
  apt?: Apt;
  /** Asks the person at the terminal; absent when there is none. */
  ask?: (question: string) => Promise<string>;
  tell(text: string): void;
}

/** `kybern setup`: the exit code tells whether everything is there. */
export async function runSetup(options: { yes?: boolean }): Promise<void> {
  if (!(await setUp(options, realDeps()))) process.exitCode = 1;
}

export function realDeps(): SetupDeps {
  return {
    host: thisHost(),
    tell: (text) => process.stdout.write(`${text}\n`),
    ...(process.stdin.isTTY ? { ask } : {}),
  };
}

/**
 * Installs what is missing, and nothing that is there. Names it first; on a terminal it asks, unless told not to. Resolves with
 * whether everything is there.
 */
export async function setUp(options: { yes?: boolean }, { host, apt, ask, tell }: SetupDeps): Promise<boolean> {
  const missing = missingParts(host);
  if (missing.length === 0) {
    tell("everything that real containers need is installed");
    return true;
  }
  const packages = missing.map((part) => part.package);
  const list = missing.map((part) => `  ${part.package.padEnd(28)} ${part.name}: ${part.purpose}`).join("\n");
  const obstacle = whyNotInstallable(host);
  if (obstacle) {
    tell(`missing for real containers (${obstacle}):\n${list}`);
    return false;
  }
  tell(`to be installed from the system's packages; none is removed:\n${list}`);
  if (!options.yes && ask && !/^(y|yes|)$/i.test((await ask("install them? [Y/n] ")).trim())) {
    tell("nothing is installed");
    return false;
  }
  await runSteps([
    {
      title: "system packages",
      async run(report) {
        await installPackages(packages, report, apt);
        report(packages.join(", "));
      },
    },
  ]);
  const left = missingParts(host);
  if (left.length > 0) throw new Error(`still missing after the installation: ${left.map((part) => part.name).join(", ")}`);
  return true;
}

async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Ctrl-C and the input's end answer too: with no.
    const ended = new Promise<string>((resolve) => prompt.once("close", () => resolve("no")));
    return await Promise.race([prompt.question(question), ended]);
  } finally {
    prompt.close();
  }
}
