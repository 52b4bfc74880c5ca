/**
 * Replaces `$(NAME)` by the variable's value, as commands, arguments and variables of containers have it. An unknown name stays
 * as it is; `$$` is a dollar sign.
 */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  if (!text.includes("$")) return text;
  let result = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === "$") {
      result += "$";
      at = dollar + 2;
    } else if (next === "(") {
      const end = text.indexOf(")", dollar + 2);
      if (end < 0) {
        result += "$(";
        at = dollar + 2;
        continue;
      }
      const name = text.slice(dollar + 2, end);
      result += variables.get(name) ?? `$(${name})`;
      at = end + 1;
    } else {
      result += `$${next}`;
      at = dollar + 2;
    }
  }
  return result;
}
