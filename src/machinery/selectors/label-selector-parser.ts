import { badRequest, field } from "../errors.ts";
import { isQualifiedName } from "../validation/names.ts";
import { joinErrors, type LabelOperator, type LabelRequirement, requirementErrors } from "./label-requirement.ts";

/** `end` has the empty text. A word may be a key, a value or, where an operator is due, `in` and `notin`. */
interface Token {
  kind: "word" | "symbol" | "end";
  text: string;
}

/** Reads the requirements of a label selector's string form, in their order. Throws the 400 `StatusError`. */
export function parseRequirements(text: string): LabelRequirement[] {
  return new Parser(tokenize(text)).requirements();
}

const symbols = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  // Upstream's lexer takes a NUL for the end of what it reads.
  const pattern = /[ \t\r\n]+|([=!(),><])|([^ \t\r\n=!(),><\0]+)|\0/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)!;
    if (match[1] !== undefined) {
      const pair = text.slice(match.index, match.index + 2);
      if (pair.length === 2 && symbols.has(pair)) {
        tokens.push({ kind: "symbol", text: pair });
        pattern.lastIndex = match.index + 2;
      } else tokens.push({ kind: "symbol", text: match[1] });
    } else if (match[2] !== undefined) tokens.push({ kind: "word", text: match[2] });
    else if (match[0] === "\0") break;
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

const operators: readonly LabelOperator[] = ["in", "notin", "=", "==", "!=", "gt", "lt"];

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  requirements(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    let token = this.#peek();
    if (token.kind === "end") return found;
    if (!startsRequirement(token)) throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
    for (;;) {
      found.push(this.#requirement());
      token = this.#take();
      if (token.kind === "end") return found;
      if (!isSymbol(token, ",")) throw badRequest(`found '${token.text}', expected: ',' or 'end of string'`);
      token = this.#peek();
      if (!startsRequirement(token)) throw badRequest(`found '${token.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    let token = this.#take();
    const negated = isSymbol(token, "!");
    if (negated) token = this.#take();
    if (token.kind !== "word") throw unparsable(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const keyErrors = isQualifiedName(key);
    if (keyErrors.length > 0) throw unparsable(field.invalid("<nil>", key, keyErrors.join("; ")).text);
    if (negated) return checked(key, "!", []);
    const next = this.#peek();
    if (next.kind === "end" || isSymbol(next, ",")) return checked(key, "exists", []);
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#values() : [this.#value()];
    return checked(key, operator, values);
  }

  #operator(): LabelOperator {
    const token = this.#take();
    switch (token.text) {
      case "=":
      case "==":
      case "!=":
      case "in":
      case "notin":
        return token.text;
      case ">":
        return "gt";
      case "<":
        return "lt";
      default:
        throw unparsable(`found '${token.text}', expected: ${operators.join(", ")}`);
    }
  }

  #value(): string {
    const next = this.#peek();
    if (next.kind === "end" || isSymbol(next, ",")) return "";
    const token = this.#take();
    if (token.kind !== "word") throw unparsable(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(x,,y)`: an empty place is the empty value. Sorted, without repetition. */
  #values(): string[] {
    const open = this.#take();
    if (!isSymbol(open, "(")) throw unparsable(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (isSymbol(first, ")")) {
      this.#take();
      return [""];
    }
    if (first.kind !== "word" && !isSymbol(first, ",")) {
      throw unparsable(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      if (token.kind === "word") {
        values.add(token.text);
        const next = this.#peek();
        if (isSymbol(next, ")")) break;
        if (!isSymbol(next, ",")) throw unparsable(`found '${next.text}', expected: ',' or ')'`);
      } else if (isSymbol(token, ",")) {
        if (values.size === 0) values.add("");
        const next = this.#peek();
        if (isSymbol(next, ")") || isSymbol(next, ",")) values.add("");
        if (isSymbol(next, ")")) break;
      } else throw unparsable(`found '${token.text}', expected: ',', or identifier`);
    }
    this.#take();
    return [...values].sort();
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #take(): Token {
    const token = this.#tokens[this.#position]!;
    if (token.kind !== "end") this.#position++;
    return token;
  }
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === "symbol" && token.text === text;
}

function startsRequirement(token: Token): boolean {
  return token.kind === "word" || isSymbol(token, "!");
}

function checked(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const requirement = { key, operator, values };
  const errors = requirementErrors(requirement);
  if (errors.length > 0) throw unparsable(joinErrors(errors));
  return requirement;
}

function unparsable(text: string) {
  return badRequest(`unable to parse requirement: ${text}`);
}
