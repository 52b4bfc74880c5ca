import { createInterface } from "node:readline/promises";
import { installPackages, missingParts, whyNotInstallable } from "../cluster/system-packages.ts";

/** Installs what is missing. On a terminal it asks first, unless told not to. Resolves with whether everything is there. */
export async function runSetup(options: { yes?: boolean }): Promise<boolean> {
  const missing = missingParts();
  if (missing.length === 0) {
    process.stdout.write("everything that real containers need is installed\n");
    return true;
  }
  const packages = missing.map((part) => part.package);
  const list = missing.map((part) => `  ${part.package.padEnd(28)} ${part.name} ${part.purpose}`).join("\n");
  const obstacle = whyNotInstallable();
  if (obstacle) {
    process.stderr.write(`missing for real containers (${obstacle}):\n${list}\nInstall them, or run kybern up --nodes simulated\n`);
    process.exitCode = 1;
    return false;
  }
  process.stdout.write(`to be installed from the system's packages; none is removed:\n${list}\n`);
  if (!options.yes && process.stdin.isTTY) {
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await prompt.question("install them? [Y/n] ");
    prompt.close();
    if (!/^(y|yes|)$/i.test(answer.trim())) return false;
  }
  await installPackages(packages, (line) => process.stdout.write(`  ${line}\n`));
  const left = missingParts();
  if (left.length > 0) {
    throw new Error(`still missing after the installation: ${left.map((part) => part.name).join(", ")}`);
  }
  return true;
}
