import type { Environment } from "../check/environment.ts";
import { dynType, typeText } from "../check/types.ts";
import { AuthorizerValue, authorizerType } from "../library/authorizer.ts";
import { FunctionLibrary } from "../library/functions.ts";
import { CompileError, compile } from "../program.ts";
import { declaredType, environmentOf, sizesIn } from "../schema/declared-type.ts";
import { fromJSON } from "../schema/json-values.ts";
import type { Schema } from "../schema/schema.ts";
import { typedValue } from "../schema/typed-values.ts";
import { doubleText, timestampText } from "../values/text.ts";
import { runtimeType } from "../values/types-of.ts";
import { Duration, Failure, ListValue, MapValue, Optional, Timestamp, TypeValue, UInt, type Value } from "../values/value.ts";

/** An expression to evaluate, as the recorded answers of the reference have it. */
export interface ReferenceRequest {
  expr: string;
  schema?: Schema;
  self?: unknown;
  authorizer?: boolean;
  jsonPatch?: boolean;
}

/** All there is to compare of an evaluation. */
export interface ReferenceAnswer {
  error?: string;
  type?: string;
  Min?: string;
  Max?: string;
  value?: unknown;
  evalError?: string;
  cost?: number;
}

const library = new FunctionLibrary();

/** Evaluates the request and tells the result as the reference told it. */
export function evaluateForTest(request: ReferenceRequest): ReferenceAnswer {
  const declared = request.schema && declaredType(request.schema, false);
  const variables = new Map([["self", declared?.type ?? dynType]]);
  if (request.authorizer) variables.set("authorizer", authorizerType);
  const environment: Environment = {
    ...environmentOf(variables, ...(declared ? [declared] : [])),
    extraFunctions: new Set(request.jsonPatch ? ["jsonpatch.escapeKey"] : []),
  };
  try {
    const compiled = compile(request.expr, environment);
    const { min, max } = compiled.estimate(declared ? sizesIn(declared) : () => undefined);
    const answer: ReferenceAnswer = { type: shownType(typeText(compiled.type)), Min: String(min), Max: String(max) };
    try {
      const { value, cost } = compiled.program(library).evaluate((name) => variableOf(name, request));
      answer.cost = cost;
      if (value instanceof Failure) answer.evalError = value.message;
      else answer.value = rendered(value);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      answer.error = `PROGRAM ${error.message}`;
    }
    return answer;
  } catch (error) {
    if (error instanceof CompileError) return { error: error.message };
    throw error;
  }
}

function variableOf(name: string, { self, schema }: ReferenceRequest): Value | undefined {
  if (name === "self") return self === undefined ? undefined : schema ? typedValue(self, schema) : fromJSON(self);
  if (name !== "authorizer") return undefined;
  return new AuthorizerValue((query) => {
    const user = query.serviceAccount ? `system:serviceaccount:${query.serviceAccount.namespace}:${query.serviceAccount.name}` : "jane";
    if (query.verb === "fail") return { allowed: false, reason: "", error: "it failed" };
    if (query.verb === "get") return { allowed: true, reason: `by ${user}` };
    const parts =
      "path" in query
        ? ["", "", "", "", "", query.path]
        : [query.group, query.resource, query.subresource, query.namespace, query.name, ""];
    return { allowed: false, reason: [query.verb, ...parts].join("/") };
  });
}

/** The reference prints some types by other names than its messages use. */
function shownType(text: string): string {
  return text
    .replace(/\bnull\b/, "null_type")
    .replace(/\bduration\b/g, "google.protobuf.Duration")
    .replace(/\btimestamp\b/g, "google.protobuf.Timestamp");
}

function rendered(value: Value): unknown {
  if (value === null) return { null: true };
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return { double: doubleText(value, 21) };
  if (typeof value !== "object") return value;
  if (value instanceof UInt) return { uint: String(value.value) };
  if (value instanceof Uint8Array) return { bytes: Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("") };
  if (value instanceof Duration) return { duration: durationForm(value.nanos) };
  if (value instanceof Timestamp) return { timestamp: timestampText(value.nanos) };
  if (value instanceof Optional) return { optional: value.value === undefined ? null : rendered(value.value) };
  if (value instanceof TypeValue) return { type: value.type.name };
  if (value instanceof ListValue) return Array.from(value, rendered);
  if (value instanceof MapValue) {
    const pairs = [...value.keys()].map((key) => [rendered(key), rendered(value.find(key) as Value)] as const);
    return { map: pairs.sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
  }
  return { other: runtimeType(value).name };
}

/** `1h2m3.5s` */
function durationForm(nanos: bigint): string {
  const sign = nanos < 0n ? "-" : "";
  const all = nanos < 0n ? -nanos : nanos;
  const fractionOf = (count: bigint, unit: bigint) => {
    const digits = String(count % unit)
      .padStart(String(unit).length - 1, "0")
      .replace(/0+$/, "");
    return digits === "" ? String(count / unit) : `${count / unit}.${digits}`;
  };
  if (all === 0n) return "0s";
  if (all < 1000n) return `${sign}${all}ns`;
  if (all < 1_000_000n) return `${sign}${fractionOf(all, 1000n)}µs`;
  if (all < 1_000_000_000n) return `${sign}${fractionOf(all, 1_000_000n)}ms`;
  const [hours, minutes] = [all / 3_600_000_000_000n, (all / 60_000_000_000n) % 60n];
  const seconds = fractionOf(all % 60_000_000_000n, 1_000_000_000n);
  return `${sign}${hours > 0n ? `${hours}h` : ""}${hours > 0n || minutes > 0n ? `${minutes}m` : ""}${seconds}s`;
}
