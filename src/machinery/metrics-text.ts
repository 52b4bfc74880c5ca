import type { Labels } from "./metrics.ts";

/** What a family of metrics begins with in Prometheus' text form. */
export function metricsHead(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

/** One sample; `timestamp` in milliseconds since the epoch. */
export function sampleLine(name: string, labels: Labels, value: number, timestamp?: number): string {
  let list = "";
  for (const label of inOrder(Object.keys(labels))) list += `${list && ","}${label}="${escaped(labels[label] as string)}"`;
  return `${name}${list && `{${list}}`} ${numberText(value)}${timestamp === undefined ? "" : ` ${timestamp}`}\n`;
}

/** Names in order, but for the bound of a histogram, which comes last. Most come like that. */
function inOrder(names: string[]): string[] {
  for (let at = 1; at < names.length; at++)
    if ((names[at] as string) < (names[at - 1] as string) && names[at] !== "le")
      return names.sort((a, b) => (a === "le" ? 1 : b === "le" ? -1 : a < b ? -1 : 1));
  return names;
}

const special = /[\\"\n]/;

function escaped(text: string): string {
  return special.test(text) ? text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : text;
}

/** As Prometheus' own library prints numbers: with an exponent, of two digits at least, for the large and the very small. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`);
}
