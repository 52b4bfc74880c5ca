import { UsageError } from "../options.ts";

/** Flags as Go programs take them: `--name=value`, `--name value`, and `--name` alone for true. A repeated one has all its values. */
export function parseGoFlags(words: readonly string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>();
  for (let index = 0; index < words.length; index++) {
    const match = /^--?([^=-][^=]*)(?:=([\s\S]*))?$/.exec(words[index] as string);
    if (!match) throw new UsageError(`${JSON.stringify(words[index])} is no flag such as --name=value`);
    const [, name = "", given] = match;
    const next = words[index + 1];
    const takesNext = given === undefined && next !== undefined && !next.startsWith("-");
    if (takesNext) index++;
    flags.set(name, [...(flags.get(name) ?? []), given ?? (takesNext ? (next as string) : "true")]);
  }
  return flags;
}

/** What a stand-in does with each flag of the program that it stands in for. */
export interface KnownFlags {
  /** By name, what is told of it by `--help`. */
  readonly used: Readonly<Record<string, string>>;
  /** Taken and without effect, since what they set doesn't exist here or is always so. */
  readonly idle: readonly string[];
}

/** Throws at a flag that would change what the program does and doesn't here. */
export function checkFlags(program: string, flags: ReadonlyMap<string, readonly string[]>, known: KnownFlags): void {
  for (const name of flags.keys()) {
    if (name in known.used || known.idle.includes(name)) continue;
    throw new UsageError(`kybern's ${program} has no flag --${name}; it takes ${Object.keys(known.used).join(", ")}`);
  }
}

/** One line a flag: programs that start a control plane look here for what they may set. */
export function helpText(program: string, { used, idle }: KnownFlags): string {
  const lines = Object.entries(used).map(([name, text]) => `      --${name} string   ${text}`);
  return `kybern in the place of ${program}\n\nFlags:\n${lines.join("\n")}\n\nTaken, without effect:\n${idle.map((name) => `      --${name} string`).join("\n")}\n`;
}
