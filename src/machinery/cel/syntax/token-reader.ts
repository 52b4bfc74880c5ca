import type { Issue } from "./errors.ts";
import { display, type Token, type Tokens } from "./lexer.ts";

/** Ends the rule that is being read; the complaint is made already. */
class SyntaxFailure {}

/** What complaints list, in this order. */
const tokenOrder = [
  "==",
  "!=",
  "in",
  "<",
  "<=",
  ">=",
  ">",
  "&&",
  "||",
  "[",
  "]",
  "{",
  "}",
  "(",
  ")",
  ".",
  ",",
  "-",
  "!",
  "?",
  ":",
  "+",
  "*",
  "/",
  "%",
  "true",
  "false",
  "null",
  "NUM_FLOAT",
  "NUM_INT",
  "NUM_UINT",
  "STRING",
  "BYTES",
  "IDENTIFIER",
  "ESC_IDENTIFIER",
];

const maxRuleDepth = 250;
const maxErrors = 30;

/**
 * Reads tokens by rules, and recovers from errors as the parser generator of the reference does: it leaves out one token or
 * takes one for given where that helps, or else skips to a token with which one of the rules being read can go on.
 */
export class TokenReader {
  readonly issues: Issue[];
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private readonly needed: ReadonlySet<ReadonlySet<string>>;
  private position = 0;
  private recovering = false;
  private attempts = 0;
  private lastErrorPosition = -1;
  /** For each rule being read, the tokens with which its caller can go on. */
  private readonly follow: ReadonlySet<string>[] = [];
  private readonly depths = new Map<string, number>();

  /** `needed` are the sets of which one token must follow, before anything further out can. */
  constructor(text: string, { tokens, issues }: Tokens, needed: ReadonlySet<ReadonlySet<string>>) {
    this.text = text;
    this.needed = needed;
    this.tokens = tokens;
    this.issues = issues;
  }

  /** Operators and keywords by their text, other tokens by their kind. */
  ahead(offset = 0): string {
    const token = this.tokens[Math.min(this.position + offset, this.tokens.length - 1)] as Token;
    return token.kind === "operator" ? token.text : token.kind;
  }

  get token(): Token {
    return this.tokens[this.position] as Token;
  }

  /** Reads a rule; after an error in it, goes on behind what can't be read and returns undefined. */
  rule<T>(name: string, follow: ReadonlySet<string>, read: () => T): T | undefined {
    this.enter(name);
    this.follow.push(follow);
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      this.recover();
      return undefined;
    } finally {
      this.follow.pop();
      this.leave(name);
    }
  }

  private enter(name: string): void {
    const depth = (this.depths.get(name) ?? 0) + 1;
    if (depth > maxRuleDepth) throw new TooDeep(`expression recursion limit exceeded: ${maxRuleDepth}`);
    this.depths.set(name, depth);
  }

  private leave(name: string): void {
    this.depths.set(name, (this.depths.get(name) as number) - 1);
  }

  match(wanted: string, after: ReadonlySet<string> = none): Token {
    const token = this.token;
    if (this.ahead() === wanted) {
      this.recovering = false;
      this.consume();
      return token;
    }
    this.attempt();
    if (this.ahead(1) === wanted) {
      this.complain(`extraneous input ${this.shown()} expecting ${shownSet(new Set([wanted]))}`);
      this.consume();
      this.recovering = false;
      const found = this.token;
      this.consume();
      return found;
    }
    if (this.follows(after)) {
      this.complain(`missing ${shownSet(new Set([wanted]))} at ${this.shown()}`);
      return token;
    }
    this.complain(`mismatched input ${this.shown()} expecting ${shownSet(new Set([wanted]))}`);
    throw new SyntaxFailure();
  }

  /** Takes the token, which the caller has looked at. */
  take(): Token {
    const token = this.token;
    this.recovering = false;
    this.consume();
    return token;
  }

  /** Makes sure that the next token is one of those that can come here, before a choice among them. */
  sync(expected: ReadonlySet<string>): void {
    if (this.recovering || expected.has(this.ahead())) return;
    if (expected.has(this.ahead(1))) {
      this.complain(`extraneous input ${this.shown()} expecting ${shownSet(expected)}`);
      this.consume();
      this.recovering = false;
      return;
    }
    this.complain(`mismatched input ${this.shown()} expecting ${shownSet(expected)}`);
    throw new SyntaxFailure();
  }

  /** The same within a loop, which skips what can't come. */
  syncLoop(expected: ReadonlySet<string>): void {
    if (this.recovering || expected.has(this.ahead())) return;
    this.complain(`extraneous input ${this.shown()} expecting ${shownSet(expected)}`);
    this.skipTo(expected);
  }

  /** No choice fits the next `length` tokens. */
  noAlternative(length: number): never {
    const last = this.tokens[Math.min(this.position + length - 1, this.tokens.length - 1)] as Token;
    const kind = last.kind === "operator" ? last.text : last.kind;
    const input = this.text.slice(this.token.at, last.kind === "<EOF>" ? last.at : last.at + last.text.length).trimEnd();
    const at = last.at;
    if (input.length > 1 && (kind === "true" || kind === "false" || kind === "null") && length === 2) {
      this.complain(`mismatched input '${last.text}' expecting IDENTIFIER`, at);
    } else this.complain(`no viable alternative at input '${display(input)}'`, at);
    throw new SyntaxFailure();
  }

  private follows(after: ReadonlySet<string>): boolean {
    const next = this.ahead();
    if (after.has(next)) return true;
    // What an expression begins with can't be left out.
    if (after.has("!")) return false;
    for (let index = this.follow.length - 1; index >= 0; index--) {
      const set = this.follow[index] as ReadonlySet<string>;
      if (set.has(next)) return true;
      if (this.needed.has(set)) return false;
    }
    return false;
  }

  private complain(message: string, at = this.token.at): void {
    if (this.recovering) return;
    this.recovering = true;
    this.issues.push({ at, message: `Syntax error: ${message}` });
  }

  private attempt(): void {
    if (++this.attempts <= maxErrors) return;
    this.issues.push({ at: this.token.at, message: `Syntax error: error recovery attempt limit exceeded: ${maxErrors}` });
    throw new TooDeep(undefined);
  }

  private recover(): void {
    this.attempt();
    if (this.lastErrorPosition === this.position) this.consume();
    this.lastErrorPosition = this.position;
    this.skipTo(none);
  }

  private skipTo(expected: ReadonlySet<string>): void {
    let skipped = 0;
    while (this.ahead() !== "<EOF>" && !expected.has(this.ahead()) && !this.follow.some((set) => set.has(this.ahead()))) {
      if (++skipped > 256) throw new TooDeep("error recovery token lookahead limit exceeded: 256");
      this.consume();
    }
  }

  private consume(): void {
    if (this.position < this.tokens.length - 1) this.position++;
  }

  private shown(): string {
    return `'${display(this.token.text)}'`;
  }
}

/** Ends reading altogether. */
export class TooDeep {
  readonly message: string | undefined;
  constructor(message: string | undefined) {
    this.message = message;
  }
}

const none: ReadonlySet<string> = new Set();

function shownSet(tokens: ReadonlySet<string>): string {
  const shown = [...tokens]
    .sort((a, b) => tokenOrder.indexOf(a) - tokenOrder.indexOf(b))
    .map((token) => (token === "<EOF>" || /^[A-Z]/.test(token) ? token : `'${token}'`));
  return shown.length === 1 ? (shown[0] as string) : `{${shown.join(", ")}}`;
}
