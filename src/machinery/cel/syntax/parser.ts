import { UInt, type Value } from "../values/value.ts";
import { type CallExpr, childrenOf, type Expr, type ListExpr, type MapEntry, operators, type StructField } from "./ast.ts";
import type { Issue } from "./errors.ts";
import { type Token, tokenize } from "./lexer.ts";
import { unescapeBytes, unescapeText } from "./literals.ts";
import { expandMacro, MacroError } from "./macros.ts";
import { TokenReader, TooDeep } from "./token-reader.ts";

export interface Parsed {
  expr: Expr;
  issues: Issue[];
}

const maxCodePoints = 100_000;
const maxDepth = 250;
const maxSyntaxErrors = 100;

const reserved = new Set(
  "as break const continue else false for function if import in let loop package namespace null return true var void while".split(" "),
);

const expressionStart = new Set(
  "[ { ( . - ! true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER".split(" "),
) as ReadonlySet<string>;
const memberStart = new Set([...expressionStart].filter((token) => token !== "!"));
const optionalStart = new Set([...expressionStart, "?"]);
const argumentsStart = new Set([...expressionStart, ")"]);
const listStart = new Set([...optionalStart, "]", ","]);
const mapStart = new Set([...optionalStart, "}", ","]);
const fieldStart = new Set(["?", "IDENTIFIER", "ESC_IDENTIFIER"]);
const structStart = new Set([...fieldStart, "}", ","]);
const listEnd = new Set(["]", ","]);
const mapEnd = new Set(["}", ","]);
const relations = new Set(["<", "<=", ">=", ">", "==", "!=", "in"]);
const sums = new Set(["+", "-"]);
const products = new Set(["*", "/", "%"]);
const calculations = new Set([...sums, ...products]);
const access = new Set([".", "["]);
const set = (...tokens: string[]): ReadonlySet<string> => new Set(tokens);
const [nothing, end, question, colon, or, and, comma] = [set(), set("<EOF>"), set("?"), set(":"), set("||"), set("&&"), set(",")];
const [closingBracket, closingParenthesis] = [set("]"), set(")")];

const needed = new Set([end, colon, closingBracket, closingParenthesis, listEnd, mapEnd]);

/** The expression with its macros expanded, `cel.bind` where it is one. Where there are issues the expression is of no use. */
export function parse(text: string, hasBind = false): Parsed {
  const size = codePoints(text);
  if (size > maxCodePoints) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${maxCodePoints}`;
    return { expr: failed, issues: [{ at: undefined, message }] };
  }
  return new Parser(text, hasBind).parse();
}

function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count--;
  return count;
}

const failed: Expr = { kind: "literal", at: 0, value: null };

class Parser {
  private readonly hasBind: boolean;
  private readonly reader: TokenReader;
  /** What is wrong with an expression that the grammar allows. */
  private readonly issues: Issue[] = [];
  /** How deep operators and accesses are nested in each expression. */
  private readonly depths = new Map<Expr, number>();

  constructor(text: string, hasBind: boolean) {
    this.hasBind = hasBind;
    this.reader = new TokenReader(text, tokenize(text), needed);
  }

  parse(): Parsed {
    let expr: Expr = failed;
    try {
      expr =
        this.reader.rule("start", nothing, () => {
          const whole = this.expr(end);
          this.reader.match("<EOF>");
          return whole;
        }) ?? failed;
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      if (error.message !== undefined) this.reader.issues.push({ at: undefined, message: error.message });
    }
    const issues = this.reader.issues;
    if (issues.length > maxSyntaxErrors) {
      const { at } = issues[maxSyntaxErrors] as Issue;
      return {
        expr,
        issues: [...issues.slice(0, maxSyntaxErrors), { at, message: `Syntax error: More than ${maxSyntaxErrors} syntax errors` }],
      };
    }
    return { expr, issues: [...issues, ...this.issues] };
  }

  private expr(follow: ReadonlySet<string>): Expr {
    const { reader } = this;
    return (
      reader.rule("expr", follow, () => {
        const condition = this.conditionalOr(question);
        if (reader.ahead() !== "?") return condition;
        const { at } = reader.take();
        const whenTrue = this.conditionalOr(colon);
        reader.match(":", expressionStart);
        const whenFalse = this.expr(nothing);
        return this.nested(call(at, operators.conditional, condition, whenTrue, whenFalse));
      }) ?? failed
    );
  }

  private conditionalOr(follow: ReadonlySet<string>): Expr {
    return this.logic("conditionalOr", follow, "||", () => this.conditionalAnd());
  }

  private conditionalAnd(): Expr {
    return this.logic("conditionalAnd", or, "&&", () => this.relation());
  }

  private logic(rule: string, follow: ReadonlySet<string>, operator: "||" | "&&", read: () => Expr): Expr {
    const { reader } = this;
    return (
      reader.rule(rule, follow, () => {
        const terms = [read()];
        const places: number[] = [];
        while (reader.ahead() === operator) {
          places.push(reader.take().at);
          terms.push(read());
        }
        const whole = balanced(operator === "||" ? operators.or : operators.and, terms, places, 0, places.length - 1);
        for (const term of terms) this.depths.set(whole, Math.max(this.depths.get(whole) ?? 0, this.depths.get(term) ?? 0));
        return whole;
      }) ?? failed
    );
  }

  private relation(): Expr {
    return this.leftAssociative("relation", and, relations, () => this.calculation(relations));
  }

  private calculation(follow: ReadonlySet<string>): Expr {
    return this.leftAssociative("calc", follow, sums, () => this.product());
  }

  private product(): Expr {
    return this.leftAssociative("calc", sums, products, () => this.unary());
  }

  private leftAssociative(rule: string, follow: ReadonlySet<string>, tokens: ReadonlySet<string>, read: () => Expr): Expr {
    const { reader } = this;
    return (
      reader.rule(rule, follow, () => {
        let left = read();
        while (tokens.has(reader.ahead())) {
          const token = reader.take();
          const right = read();
          left = this.nested(call(token.at, token.text === "in" ? operators.in : `_${token.text}_`, left, right));
        }
        return left;
      }) ?? failed
    );
  }

  private unary(): Expr {
    const { reader } = this;
    return (
      reader.rule("unary", calculations, () => {
        reader.sync(expressionStart);
        const first = reader.ahead();
        if (first === "!") return this.prefixed("!", operators.not);
        if (first !== "-" || isNumber(reader.ahead(1))) return this.member(nothing);
        if (!memberStart.has(reader.ahead(1))) reader.noAlternative(2);
        return this.prefixed("-", operators.negate);
      }) ?? failed
    );
  }

  private prefixed(prefix: "!" | "-", operator: string): Expr {
    const { reader } = this;
    const { at } = reader.token;
    let count = 0;
    while (reader.ahead() === prefix) {
      if (prefix === "-" && count > 0 && !memberStart.has(reader.ahead(1))) reader.noAlternative(2);
      reader.take();
      count++;
      reader.syncLoop(prefix === "!" ? expressionStart : memberStart);
    }
    const operand = this.member(nothing);
    return count % 2 === 0 ? operand : this.counted(call(at, operator, operand), 0);
  }

  private member(follow: ReadonlySet<string>): Expr {
    const { reader } = this;
    return (
      reader.rule("member", follow, () => {
        let operand = this.primary();
        while (access.has(reader.ahead())) operand = this.nested(this.accessed(operand));
        return operand;
      }) ?? failed
    );
  }

  private accessed(operand: Expr): Expr {
    const { reader } = this;
    if (reader.ahead() === "[") {
      const { at } = reader.take();
      reader.sync(optionalStart);
      const optional = reader.ahead() === "?";
      if (optional) reader.take();
      const index = this.expr(closingBracket);
      reader.match("]", access);
      return call(at, optional ? operators.optIndex : operators.index, operand, index);
    }
    const [second, third] = [reader.ahead(1), reader.ahead(2)];
    if (second === "IDENTIFIER" && third === "(") {
      reader.take();
      const name = reader.take().text;
      const { at } = reader.take();
      const args = this.args();
      return this.expanded({ kind: "call", at, function: name, target: operand, args });
    }
    if (second !== "?" && second !== "IDENTIFIER" && second !== "ESC_IDENTIFIER") reader.noAlternative(2);
    const { at } = reader.take();
    const optional = second === "?";
    if (optional) reader.take();
    reader.sync(set("IDENTIFIER", "ESC_IDENTIFIER"));
    const name = reader.take();
    if (name.kind === "ESC_IDENTIFIER") this.complain(reader.token.at, "unsupported syntax: '`'", name.at);
    if (!optional) return { kind: "select", at, operand, field: name.text, testOnly: false };
    return call(at, operators.optSelect, operand, { kind: "literal", at: name.at, value: name.text });
  }

  /** The arguments of a call and its closing parenthesis. */
  private args(): Expr[] {
    const { reader } = this;
    reader.sync(argumentsStart);
    const args =
      reader.ahead() === ")"
        ? []
        : (reader.rule("exprList", closingParenthesis, () => {
            const list = [this.expr(comma)];
            while (reader.ahead() === ",") {
              reader.take();
              list.push(this.expr(comma));
            }
            return list;
          }) ?? []);
    reader.match(")", access);
    return args;
  }

  private primary(): Expr {
    return this.counted(this.reader.rule("primary", access, () => this.primaryOf(this.reader.token)) ?? failed, 0);
  }

  private primaryOf(token: Token): Expr {
    const { reader } = this;
    const { at } = token;
    switch (reader.ahead()) {
      case "(": {
        reader.take();
        const inner = this.expr(closingParenthesis);
        reader.match(")", access);
        return inner;
      }
      case "[":
        reader.take();
        return this.list(at);
      case "{":
        reader.take();
        return this.map(at);
      case ".":
        if (reader.ahead(1) !== "IDENTIFIER") reader.noAlternative(2);
        return this.named();
      case "IDENTIFIER":
        return this.named();
      case "<EOF>":
        return reader.noAlternative(1);
      default:
        return this.literal(at);
    }
  }

  private named(): Expr {
    const { reader } = this;
    const start = reader.token.at;
    const leading = reader.ahead() === "." ? 1 : 0;
    let length = leading + 1;
    while (reader.ahead(length) === "." && reader.ahead(length + 1) === "IDENTIFIER") length += 2;
    if (reader.ahead(length) === "{") return this.struct(length);
    if (leading) reader.take();
    const { at, text } = reader.take();
    const isCall = reader.ahead() === "(";
    const name = `${leading ? "." : ""}${text}`;
    if (!isCall) {
      if (reserved.has(text)) this.issues.push({ at: start, message: `reserved identifier: ${text}` });
      return { kind: "ident", at, name };
    }
    const open = reader.take();
    const args = this.args();
    if (reserved.has(text)) this.issues.push({ at: start, message: `reserved identifier: ${text}` });
    return this.expanded({ kind: "call", at: open.at, function: name, args });
  }

  private list(at: number): ListExpr {
    const { reader } = this;
    const elements: Expr[] = [];
    const optional = new Set<number>();
    reader.sync(listStart);
    if (optionalStart.has(reader.ahead())) {
      reader.rule("listInit", listEnd, () => {
        do {
          if (elements.length > 0) reader.take();
          elements.push(this.optional(comma, () => optional.add(elements.length)));
        } while (reader.ahead() === "," && optionalStart.has(reader.ahead(1)));
      });
    }
    reader.sync(listEnd);
    if (reader.ahead() === ",") reader.take();
    reader.match("]", access);
    return optional.size > 0 ? { kind: "list", at, elements, optional } : { kind: "list", at, elements };
  }

  private optional(follow: ReadonlySet<string>, mark: () => void): Expr {
    const { reader } = this;
    return (
      reader.rule("optExpr", follow, () => {
        reader.sync(optionalStart);
        if (reader.ahead() === "?") {
          reader.take();
          mark();
        }
        return this.expr(nothing);
      }) ?? failed
    );
  }

  private map(at: number): Expr {
    const { reader } = this;
    const entries: MapEntry[] = [];
    reader.sync(mapStart);
    if (optionalStart.has(reader.ahead())) {
      reader.rule("mapInitializerList", mapEnd, () => {
        do {
          if (entries.length > 0) reader.take();
          let optional = false;
          const key = this.optional(colon, () => {
            optional = true;
          });
          const { at: place } = reader.match(":", expressionStart);
          entries.push({ at: place, key, value: this.expr(comma), optional });
        } while (reader.ahead() === "," && optionalStart.has(reader.ahead(1)));
      });
    }
    reader.sync(mapEnd);
    if (reader.ahead() === ",") reader.take();
    reader.match("}", access);
    return { kind: "map", at, entries };
  }

  private struct(length: number): Expr {
    const { reader } = this;
    let name = "";
    for (let index = 0; index < length; index++) name += reader.take().text;
    const { at } = reader.match("{");
    const fields: StructField[] = [];
    reader.sync(structStart);
    if (fieldStart.has(reader.ahead())) {
      reader.rule("fieldInitializerList", mapEnd, () => {
        do {
          if (fields.length > 0) reader.take();
          const optional = reader.ahead() === "?";
          if (optional) reader.take();
          reader.sync(set("IDENTIFIER", "ESC_IDENTIFIER"));
          const token = reader.take();
          if (token.kind === "ESC_IDENTIFIER") this.complain(at, "unsupported syntax: '`'", token.at);
          const { at: place } = reader.match(":", expressionStart);
          fields.push({ at: place, name: token.text, value: this.expr(comma), optional });
        } while (reader.ahead() === "," && fieldStart.has(reader.ahead(1)));
      });
    }
    reader.sync(mapEnd);
    if (reader.ahead() === ",") reader.take();
    reader.match("}", access);
    return { kind: "struct", at, name, fields };
  }

  private literal(at: number): Expr {
    const { reader } = this;
    const negative = reader.ahead() === "-";
    if (negative) {
      if (!isNumber(reader.ahead(1))) reader.noAlternative(2);
      reader.take();
    }
    const token = reader.take();
    return { kind: "literal", at, value: this.literalValue(token, negative, at) };
  }

  private literalValue({ kind, text }: Token, negative: boolean, at: number): Value {
    const complain = (message: string) => {
      this.issues.push({ at, message });
      return null;
    };
    switch (kind) {
      case "NUM_INT": {
        const value = negative ? -BigInt(text) : BigInt(text);
        return BigInt.asIntN(64, value) === value ? value : complain("invalid int literal");
      }
      case "NUM_UINT": {
        const value = BigInt(text.slice(0, -1));
        return BigInt.asUintN(64, value) === value ? new UInt(value) : complain("invalid uint literal");
      }
      case "NUM_FLOAT": {
        const value = Number(text);
        if (!Number.isFinite(value)) return complain("invalid double literal");
        return negative ? -value : value;
      }
      case "STRING": {
        const result = unescapeText(text);
        return "error" in result ? complain(result.error) : result.value;
      }
      case "BYTES": {
        const result = unescapeBytes(text.slice(1));
        return "error" in result ? complain(result.error) : result.value;
      }
      default:
        return text === "null" ? null : text === "true";
    }
  }

  private expanded(expr: CallExpr): Expr {
    try {
      return expandMacro(expr, this.hasBind);
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.issues.push({ at: error.at, message: error.message });
      return { kind: "literal", at: expr.at, value: null };
    }
  }

  private complain(_after: number, message: string, at: number): void {
    this.issues.push({ at, message });
  }

  /** Counts a level of nesting, of which there is a limit. */
  private nested<T extends Expr>(expr: T): T {
    return this.counted(expr, 1);
  }

  private counted<T extends Expr>(expr: T, levels: 0 | 1): T {
    let depth = levels === 0 ? (this.depths.get(expr) ?? 0) : 0;
    for (const child of childrenOf(expr)) depth = Math.max(depth, this.depths.get(child) ?? 0);
    if (depth + levels > maxDepth) throw new TooDeep("max recursion depth exceeded");
    if (depth + levels > 0) this.depths.set(expr, depth + levels);
    return expr;
  }
}

function isNumber(token: string): boolean {
  return token === "NUM_INT" || token === "NUM_FLOAT";
}

function call(at: number, name: string, ...args: Expr[]): CallExpr {
  return { kind: "call", at, function: name, args };
}

/** A chain of terms becomes a balanced tree, so that its depth stays small. */
function balanced(operator: string, terms: readonly Expr[], places: readonly number[], low: number, high: number): Expr {
  if (places.length === 0) return terms[0] as Expr;
  const middle = Math.floor((low + high + 1) / 2);
  const left = middle === low ? (terms[middle] as Expr) : balanced(operator, terms, places, low, middle - 1);
  const right = middle === high ? (terms[middle + 1] as Expr) : balanced(operator, terms, places, middle + 1, high);
  return call(places[middle] as number, operator, left, right);
}
