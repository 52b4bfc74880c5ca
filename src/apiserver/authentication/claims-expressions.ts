import type { Environment } from "../../machinery/cel/check/environment.ts";
import { dynType, listOf, mapOf, stringType, structType } from "../../machinery/cel/check/types.ts";
import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { type Compiled, CompileError, compile, type Program } from "../../machinery/cel/program.ts";
import { unescapeIdentifier } from "../../machinery/cel/schema/identifiers.ts";
import { JSONMap } from "../../machinery/cel/schema/json-values.ts";
import { ArrayList, Failure, ListValue, Optional, type Value } from "../../machinery/cel/values/value.ts";
import type { Identity } from "../request.ts";
import { TokenError } from "./token-authenticator.ts";

const texts = listOf(stringType);
const userFields = new Map([
  ["username", stringType],
  ["uid", stringType],
  ["groups", texts],
  ["extra", mapOf(stringType, texts)],
]);
const userType = structType("kubernetes.UserInfo");

const environments: Readonly<Record<"claims" | "user", Environment>> = {
  claims: { variables: new Map([["claims", mapOf(stringType, dynType)]]), struct: () => undefined },
  user: {
    variables: new Map([["user", userType]]),
    struct: (name) => (name === userType.name ? { field: (field) => userFields.get(field) } : undefined),
  },
};

/** An expression over the claims of a token, or over the user that they come to. */
export class TokenExpression {
  readonly text: string;
  readonly #variable: string;
  readonly #compiled: Compiled;
  readonly #program: Program;

  /** Throws `CompileError`. `isCondition`: it must be true or false. */
  constructor(text: string, variable: "claims" | "user", isCondition = false) {
    this.text = text;
    this.#variable = variable;
    try {
      this.#compiled = compile(text, environments[variable]);
    } catch (error) {
      if (error instanceof CompileError) throw new CompileError(`compilation failed: ${error.message}`);
      throw error;
    }
    if (isCondition && this.#compiled.type.kind !== "bool") throw new CompileError("must evaluate to bool");
    this.#program = this.#compiled.program(new FunctionLibrary());
  }

  selects(field: string): boolean {
    return this.#compiled.selects(this.#variable, field);
  }

  /** Throws `TokenError` where it fails. */
  evaluate(subject: Value): Value {
    const { value } = this.#program.evaluate((name) => (name === this.#variable ? subject : undefined));
    if (value instanceof Failure) throw new TokenError(`expression '${this.text}' resulted in error: ${value.message}`);
    return value;
  }
}

/** Data of JSON whose numbers are doubles; names may be escaped as identifiers. */
export function claimsValue(data: unknown): Value {
  if (typeof data === "string" || typeof data === "boolean" || typeof data === "number") return data;
  if (data === null || data === undefined) return null;
  if (Array.isArray(data)) return new ArrayList(data.map(claimsValue));
  return new ClaimsMap(data as Readonly<Record<string, unknown>>);
}

export function userValue({ name, uid = "", groups, extra = {} }: Identity): Value {
  return claimsValue({ username: name, uid, groups, extra });
}

class ClaimsMap extends JSONMap {
  override find(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const name = unescapeIdentifier(key) ?? key;
    return Object.hasOwn(this.data, name) ? claimsValue(this.data[name]) : undefined;
  }
}

/** One text, or those of a list; empty ones don't count. */
export function textsOf(value: Value): string[] {
  const fail = () => new TokenError("expression must return a string or a list of strings");
  if (value === null || (value instanceof Optional && value.value === undefined)) return [];
  if (typeof value === "string") return value === "" ? [] : [value];
  if (!(value instanceof ListValue)) throw fail();
  const found: string[] = [];
  for (const item of value) {
    if (typeof item !== "string") throw fail();
    if (item !== "") found.push(item);
  }
  return found;
}
