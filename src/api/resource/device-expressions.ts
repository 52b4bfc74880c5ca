import type { Environment } from "../../machinery/cel/check/environment.ts";
import { anyType, boolType, mapOf, stringType, structType, type Type } from "../../machinery/cel/check/types.ts";
import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { quantityType } from "../../machinery/cel/library/quantities.ts";
import { CompileError, compile } from "../../machinery/cel/program.ts";

const deviceType = structType("kubernetes.DRADevice");
const fields: ReadonlyMap<string, Type> = new Map([
  ["driver", stringType],
  ["attributes", mapOf(stringType, mapOf(stringType, anyType))],
  ["capacity", mapOf(stringType, mapOf(stringType, quantityType))],
  ["allowMultipleAllocations", boolType],
]);
const environment: Environment = {
  variables: new Map([["device", deviceType]]),
  struct: (name) => (name === deviceType.name ? { field: (field) => fields.get(field) } : undefined),
};

/** Why the expression can't select devices, undefined where it can. */
export function complaintOfSelector(expression: string): string | undefined {
  // The only macro of upstream's that the language lacks here: what uses it can't be told right from wrong.
  if (expression.includes("cel.bind")) return undefined;
  try {
    const compiled = compile(expression, environment);
    const { kind } = compiled.type;
    if (kind !== "bool" && kind !== "any") return `must evaluate to bool or the unknown type, not ${nameOf(compiled.type)}`;
    try {
      compiled.program(new FunctionLibrary());
    } catch (error) {
      if (error instanceof CompileError) return `program instantiation failed: ${error.message}`;
      throw error;
    }
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
  return undefined;
}

function nameOf({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(nameOf).join(", ")})`;
}
