import type { Environment, StructDeclaration } from "../../machinery/cel/check/environment.ts";
import {
  boolType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  structType,
  type Type,
  timestampType,
  typeText,
} from "../../machinery/cel/check/types.ts";
import { authorizerType, resourceCheckType } from "../../machinery/cel/library/authorizer.ts";
import type { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { CompileError, compile, type Program } from "../../machinery/cel/program.ts";

const texts = listOf(stringType);
const named = (name: string) => structType(`kubernetes.${name}`);

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

/** What expressions about requests can name. */
const environment: Environment = {
  variables: new Map([
    ["object", dynType],
    ["oldObject", dynType],
    ["namespaceObject", named("Namespace")],
    ["request", named("AdmissionRequest")],
    ["authorizer", authorizerType],
    ["authorizer.requestResource", resourceCheckType],
  ]),
  struct: (name) => declarations.get(name),
};

/** Compiles a condition. Throws `CompileError`, whose message is what the writer of the condition is told. */
export function compileMatchCondition(expression: string, library: FunctionLibrary): Program {
  try {
    const compiled = compile(expression, environment);
    if (compiled.type.kind === "bool") return compiled.program(library);
    throw new WrongType(`must evaluate to bool but got ${typeText(compiled.type)}`);
  } catch (error) {
    if (!(error instanceof CompileError) || error instanceof WrongType) throw error;
    throw new CompileError(`compilation failed: ${error.message}`);
  }
}

class WrongType extends CompileError {}
