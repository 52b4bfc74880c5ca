import type { Environment, StructDeclaration } from "../../machinery/cel/check/environment.ts";
import {
  boolType,
  dynType,
  intType,
  listOf,
  mapOf,
  sameType,
  stringType,
  structType,
  type Type,
  timestampType,
  typeText,
} from "../../machinery/cel/check/types.ts";
import { authorizerType, resourceCheckType } from "../../machinery/cel/library/authorizer.ts";
import type { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { mutationStruct } from "../../machinery/cel/library/mutations.ts";
import { CompileError, compile, type Program } from "../../machinery/cel/program.ts";

const texts = listOf(stringType);
const named = (name: string) => structType(`kubernetes.${name}`);

const variablesType = named("variables");

const structs: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  GroupVersionKind: { group: stringType, version: stringType, kind: stringType },
  GroupVersionResource: { group: stringType, version: stringType, resource: stringType },
  UserInfo: { username: stringType, uid: stringType, groups: texts, extra: mapOf(stringType, texts) },
  AdmissionRequest: {
    kind: named("GroupVersionKind"),
    resource: named("GroupVersionResource"),
    subResource: stringType,
    requestKind: named("GroupVersionKind"),
    requestResource: named("GroupVersionResource"),
    requestSubResource: stringType,
    name: stringType,
    namespace: stringType,
    operation: stringType,
    userInfo: named("UserInfo"),
    dryRun: boolType,
    options: dynType,
  },
  Namespace: { metadata: named("NamespaceMetadata"), spec: named("NamespaceSpec"), status: named("NamespaceStatus") },
  NamespaceMetadata: {
    name: stringType,
    generateName: stringType,
    namespace: stringType,
    labels: mapOf(stringType, stringType),
    annotations: mapOf(stringType, stringType),
    UID: stringType,
    creationTimestamp: timestampType,
    deletionGracePeriodSeconds: intType,
    deletionTimestamp: timestampType,
    generation: intType,
    resourceVersion: stringType,
    finalizers: texts,
  },
  NamespaceSpec: { finalizers: texts },
  NamespaceStatus: { conditions: listOf(named("NamespaceCondition")), phase: stringType },
  NamespaceCondition: { status: stringType, type: stringType, lastTransitionTime: timestampType, message: stringType, reason: stringType },
};

const declarations = new Map(
  Object.entries(structs).map(([name, fields]) => {
    const byName = new Map(Object.entries(fields));
    return [`kubernetes.${name}`, { field: (field: string) => byName.get(field) }] as [string, StructDeclaration];
  }),
);

/** What an expression can name beside the request and its objects. */
export interface Scope {
  authorizer?: boolean;
  params?: boolean;
  /** The types of the variables of a policy, by their names; absent of a policy without any. */
  variables?: ReadonlyMap<string, Type>;
  /** Whether it makes what an object is changed by: `Object{}`, `JSONPatch{}`. */
  mutates?: boolean;
}

const mutationFunctions = new Set(["jsonpatch.escapeKey"]);

function environmentOf({ authorizer, params, variables, mutates }: Scope): Environment {
  const known = new Map<string, Type>([
    ["object", dynType],
    ["oldObject", dynType],
    ["namespaceObject", named("Namespace")],
    ["request", named("AdmissionRequest")],
  ]);
  if (params) known.set("params", dynType);
  if (variables) known.set("variables", variablesType);
  if (authorizer) known.set("authorizer", authorizerType).set("authorizer.requestResource", resourceCheckType);
  const own: StructDeclaration = { field: (name) => variables?.get(name) };
  const struct = (name: string) => (variables && name === variablesType.name ? own : declarations.get(name));
  if (!mutates) return { variables: known, struct };
  return { variables: known, struct: (name) => struct(name) ?? mutationStruct(name), extraFunctions: mutationFunctions };
}

/**
 * Compiles an expression that gives one of the types; without any it may give all. Throws `CompileError`, whose message is what the
 * writer of the expression is told.
 */
export function compileExpression(text: string, scope: Scope, types: readonly Type[], library: FunctionLibrary): CompiledExpression {
  try {
    const compiled = compile(text, environmentOf(scope));
    const { type } = compiled;
    if (types.length === 0 || types.some((wanted) => sameType(wanted, type))) return { type, program: compiled.program(library) };
    const wanted = types.length === 1 ? typeText(types[0] as Type) : `one of [${types.map(({ name }) => name).join(" ")}]`;
    throw new WrongType(`must evaluate to ${wanted} but got ${typeText(type)}`);
  } catch (error) {
    if (!(error instanceof CompileError) || error instanceof WrongType) throw error;
    throw new CompileError(`compilation failed: ${error.message}`);
  }
}

export interface CompiledExpression {
  readonly type: Type;
  readonly program: Program;
}

class WrongType extends CompileError {}

export function compileMatchCondition(expression: string, library: FunctionLibrary, params = false): Program {
  return compileExpression(expression, { authorizer: true, params }, [boolType], library).program;
}
