import { RE2JS } from "re2js";
import { ArrayList, Failure, type Value } from "../values/value.ts";

/**
 * A regular expression in RE2's syntax, matched in time linear in the text: what needs backtracking is refused. Only the last
 * few are kept compiled.
 */
export class Regexes {
  private readonly compiled = new Map<string, RE2JS>();
  private static readonly limit = 64;

  compile(pattern: string): RE2JS | Failure {
    const known = this.compiled.get(pattern);
    if (known) return known;
    const regex = compileRegex(pattern);
    if (regex instanceof Failure) return regex;
    if (this.compiled.size >= Regexes.limit) this.compiled.delete(this.compiled.keys().next().value as string);
    this.compiled.set(pattern, regex);
    return regex;
  }
}

/** The failure's text is the one of upstream's engine. */
export function compileRegex(pattern: string): RE2JS | Failure {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return new Failure(error instanceof Error ? error.message : String(error));
  }
}

function illegal({ message }: Failure): Failure {
  return new Failure(`Illegal regex: ${message}`);
}

export function regexFunctions(regexes: Regexes): Readonly<Record<string, (...args: never[]) => Value>> {
  const findAll = (text: string, pattern: string, count = -1n): Value => {
    const regex = regexes.compile(pattern);
    if (regex instanceof Failure) return illegal(regex);
    const found: string[] = [];
    const matcher = regex.matcher(text);
    let end = -1;
    while ((count < 0n || BigInt(found.length) < count) && matcher.find()) {
      // An empty match right behind the last one is none.
      if (matcher.end() === matcher.start() && matcher.start() === end) continue;
      end = matcher.end();
      found.push(matcher.group() ?? "");
    }
    return new ArrayList(found);
  };
  return {
    string_find_string: (text: string, pattern: string) => {
      const regex = regexes.compile(pattern);
      if (regex instanceof Failure) return illegal(regex);
      const matcher = regex.matcher(text);
      return matcher.find() ? (matcher.group() ?? "") : "";
    },
    string_find_all_string: (text: string, pattern: string) => findAll(text, pattern),
    string_find_all_string_int: findAll,
  };
}
