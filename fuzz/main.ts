/**
 * Gives everything that reads what clients send random inputs: `npm run fuzz -- [TARGET…] [--inputs N] [--seed N]`. Nothing may fail
 * but with the errors that it is known to throw, and nothing may take long. An input that did is repeated by its seed, and kept in
 * `seeds.json`, which the tests replay.
 */
import { parseArgs } from "node:util";
import { fuzz, targets } from "./fuzz.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Of all targets together, by their weights. */
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  },
});

const chosen = positionals.length > 0 ? targets.filter(({ name }) => positionals.includes(name)) : targets;
if (chosen.length === 0) {
  console.error(`there are ${targets.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const seed = Number(options.seed);
const inputs = Number(options.inputs);
const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
console.log(`seed ${seed}`);
let failed = false;
let total = 0;
for (const target of chosen) {
  const start = performance.now();
  const result = await fuzz(target, seed, Math.ceil((inputs * target.weight) / weights));
  const seconds = (performance.now() - start) / 1000;
  total += result.inputs;
  const { slowest, failures } = result;
  console.log(
    `${target.name.padEnd(24)}${String(result.inputs).padStart(8)} inputs in ${seconds.toFixed(1)} s, slowest ${slowest.milliseconds.toFixed(0)} ms (seed ${slowest.seed})`,
  );
  for (const failure of failures) {
    failed = true;
    console.log(`  seed ${failure.seed}: ${JSON.stringify(failure.input)?.slice(0, 2000)}`);
    console.log(`  ${failure.error instanceof Error ? failure.error.stack : String(failure.error)}`);
  }
}
console.log(`${total} inputs, ${failed ? "with failures" : "no failure"}`);
process.exit(failed ? 1 : 0);
