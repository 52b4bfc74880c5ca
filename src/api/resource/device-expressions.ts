import { anyType, boolType, mapOf, stringType, structType, type Type } from "../../machinery/cel/check/types.ts";
import type { SizeOfPath } from "../../machinery/cel/cost/estimate.ts";
import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { quantityType } from "../../machinery/cel/library/quantities.ts";
import { CompileError, compile } from "../../machinery/cel/program.ts";
import { type DeclaredType, environmentOf, sizesIn } from "../../machinery/cel/schema/declared-type.ts";
import { type FieldError, type FieldPath, field } from "../../machinery/errors.ts";

const maxCost = 1_000_000n;
const maxEntries = 32;

const sized = (type: Type, maxElements = 0): DeclaredType => ({ type, maxElements, minSize: 0 });
const byName = (nameLength: number, element: DeclaredType): DeclaredType => ({
  ...sized(mapOf(stringType, element.type), maxEntries),
  key: sized(stringType, nameLength),
  element,
});
const byQualifiedName = (value: DeclaredType): DeclaredType => byName(63, byName(32, value));

const deviceType: DeclaredType = {
  ...sized(structType("kubernetes.DRADevice")),
  fields: new Map([
    ["driver", sized(stringType, 63)],
    ["attributes", byQualifiedName(sized(anyType, 64))],
    ["capacity", byQualifiedName(sized(quantityType))],
    ["allowMultipleAllocations", sized(boolType, 1)],
  ]),
};
const environment = { ...environmentOf(new Map([["device", deviceType.type]]), deviceType), hasBind: true };
const sizes = sizesIn(deviceType);

/** All attributes of a domain are of one size, also where they are selected like fields. */
const sizeOf: SizeOfPath = (path) => {
  const [root, map, domain, name, ...rest] = path;
  if (root !== "device") return undefined;
  if (map !== "attributes" || domain === undefined || name === undefined || name.startsWith("@")) return sizes(path);
  return sizes([root, map, domain, "@values", ...rest]);
};

/** What is wrong with the expression as one that selects devices. */
export function complaintOfSelector(expression: string, path: FieldPath): FieldError | undefined {
  try {
    const compiled = compile(expression, environment);
    const { kind } = compiled.type;
    if (kind !== "bool" && kind !== "any") {
      return field.invalid(path, expression, `must evaluate to bool or the unknown type, not ${nameOf(compiled.type)}`);
    }
    try {
      compiled.program(new FunctionLibrary());
    } catch (error) {
      if (error instanceof CompileError) return field.invalid(path, expression, `program instantiation failed: ${error.message}`);
      throw error;
    }
    if (compiled.estimate(sizeOf).max > maxCost) return field.forbidden(path, "too complex, exceeds cost limit");
  } catch (error) {
    if (error instanceof CompileError) return field.invalid(path, expression, `compilation failed: ${error.message}`);
    throw error;
  }
  return undefined;
}

function nameOf({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(nameOf).join(", ")})`;
}
