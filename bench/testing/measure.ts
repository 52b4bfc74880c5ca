/** One measure of `kybern/testing`: `node --expose-gc bench/testing/measure.ts NAME` prints its figure as JSON. */
import { measures } from "./measures.ts";

const measure = measures[process.argv[2] ?? ""];
if (!measure) throw new Error(`no measure ${process.argv[2]}; there are ${Object.keys(measures).join(", ")}`);
const begun = performance.now();
const figure = await measure();
process.stdout.write(
  JSON.stringify({ ...figure, detail: { ...figure.detail, wholeSeconds: Math.round((performance.now() - begun) / 100) / 10 } }),
);
process.exit(0);
