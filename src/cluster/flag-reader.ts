import { parseDuration } from "../machinery/duration.ts";
import { existingFile, parseBoolean, UsageError } from "./options.ts";

/** Name, what it takes, default and meaning of a flag, for the command line. */
export type FlagText = readonly [name: string, takes: string, initial: string, text: string];

/** Reads flags that kube-apiserver has too, by their names without dashes before them; what isn't given has its default. */
export class FlagReader {
  readonly #given: Readonly<Record<string, string | undefined>>;
  readonly #texts: readonly FlagText[];

  constructor(given: Readonly<Record<string, string | undefined>>, texts: readonly FlagText[]) {
    this.#given = given;
    this.#texts = texts;
  }

  isGiven(name: string): boolean {
    return this.#given[name] !== undefined;
  }

  text(name: string): string {
    return this.#given[name] ?? this.#texts.find(([known]) => known === name)?.[2] ?? "";
  }

  list(name: string): string[] {
    return this.text(name)
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }

  number(name: string): number {
    const text = this.text(name);
    if (!/^\d{1,12}$/.test(text)) throw new UsageError(`--${name} takes a number; not "${text}"`);
    return Number(text);
  }

  boolean(name: string): boolean {
    return parseBoolean(this.text(name), `--${name}`);
  }

  milliseconds(name: string): number {
    const parsed = parseDuration(this.text(name));
    if (typeof parsed === "string" || parsed < 0) throw new UsageError(`--${name} takes a duration such as 30s; not "${this.text(name)}"`);
    return parsed;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const text = this.text(name);
    const choice = choices.find((one) => one === text);
    if (choice === undefined) throw new UsageError(`--${name} takes ${choices.join(", ")}; not "${text}"`);
    return choice;
  }

  file(name: string): string {
    return existingFile(this.text(name), `--${name}`);
  }
}
