import { optionalOf } from "../check/types.ts";
import type { FunctionLibrary } from "../library/functions.ts";
import { CompileError, compile, type Program } from "../program.ts";
import { type DeclaredType, environmentOf, sizesIn } from "../schema/declared-type.ts";
import type { Rule, Schema } from "../schema/schema.ts";
import { ruleFieldPath } from "./field-path.ts";

export interface CompiledRule {
  readonly rule: Rule;
  /** Missing of a rule that is empty or can't be compiled. */
  readonly program?: Program;
  readonly error?: string;
  /** Whether it names `oldSelf`, and so can be evaluated only where there is one. */
  readonly usesOldSelf: boolean;
  /** The most that one evaluation costs, in theory. */
  readonly maxCost: bigint;
  readonly messageProgram?: Program;
  readonly messageError?: string;
  readonly messageMaxCost: bigint;
  /** Where complaints go, below the value that the rule stands at. */
  readonly fieldPath?: string;
}

/** The rules that stand at a schema, whose values have the declared type. */
export function compileRules(rules: readonly Rule[], schema: Schema, declared: DeclaredType, library: FunctionLibrary): CompiledRule[] {
  const { timer } = library;
  const began = timer?.now() ?? 0;
  const compiled = rules.map((rule) => compileRule(rule, schema, declared, library));
  timer?.compiled(timer.now() - began);
  return compiled;
}

function compileRule(rule: Rule, schema: Schema, declared: DeclaredType, library: FunctionLibrary): CompiledRule {
  const nothing = { rule, usesOldSelf: false, maxCost: 0n, messageMaxCost: 0n };
  if (rule.rule.trim() === "") return nothing;
  const oldType = rule.optionalOldSelf ? optionalOf(declared.type) : declared.type;
  const variables = new Map([
    ["self", declared.type],
    ["oldSelf", oldType],
  ]);
  const environment = environmentOf(variables, declared);
  const sizes = sizesIn(declared);
  let program: Program;
  let usesOldSelf = false;
  let maxCost: bigint;
  try {
    const compiled = compile(rule.rule, environment);
    if (compiled.type.kind !== "bool") return { ...nothing, error: "cel expression must evaluate to a bool" };
    usesOldSelf = compiled.uses("oldSelf");
    try {
      program = compiled.program(library);
    } catch (error) {
      return { ...nothing, usesOldSelf, error: `program instantiation failed: ${messageOf(error)}` };
    }
    maxCost = compiled.estimate(sizes).max;
  } catch (error) {
    return { ...nothing, error: `compilation failed: ${messageOf(error)}` };
  }
  const done = { ...nothing, program, usesOldSelf, maxCost };
  const message = compileMessage(rule, environment, sizes, library);
  if (message.messageError !== undefined) return { ...done, ...message };
  const fieldPath = rule.fieldPath ? ruleFieldPath(rule.fieldPath, schema) : undefined;
  return { ...done, ...message, ...(fieldPath ? { fieldPath: fieldPath.toString() } : {}) };
}

function compileMessage(
  rule: Rule,
  environment: Parameters<typeof compile>[1],
  sizes: ReturnType<typeof sizesIn>,
  library: FunctionLibrary,
): { messageProgram?: Program; messageError?: string; messageMaxCost?: bigint } {
  if (!rule.messageExpression) return {};
  try {
    const compiled = compile(rule.messageExpression, environment);
    if (compiled.type.kind !== "string") return { messageError: "messageExpression must evaluate to a string" };
    try {
      return { messageProgram: compiled.program(library), messageMaxCost: compiled.estimate(sizes).max };
    } catch (error) {
      return { messageError: `messageExpression instantiation failed: ${messageOf(error)}` };
    }
  } catch (error) {
    return { messageError: `messageExpression compilation failed: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  if (error instanceof CompileError) return error.message;
  throw error;
}
