import { CompileError } from "../../machinery/cel/program.ts";
import { type FieldPath, field } from "../../machinery/errors.ts";
import { isPathSegmentName, isQualifiedName } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { complain, type Errors } from "../validation.ts";
import type { MatchCondition, MatchResources, NamedRuleWithOperations, RuleWithOperations } from "./v1.ts";

export const failurePolicies = ["Fail", "Ignore"];
export const matchPolicies = ["Equivalent", "Exact"];
export const reinvocationPolicies = ["IfNeeded", "Never"];
const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const mutatingOperations = ["*", "CONNECT", "CREATE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];
const maxMatchConditions = 64;

/** Like `requireOneOf`, only for values that are there. */
export function allowOneOf(errors: Errors, value: string | undefined, supported: readonly string[], path: FieldPath): void {
  if (value !== undefined && !supported.includes(value)) errors.push(field.notSupported(path, value, supported));
}

/** `*` says all: nothing else may stand beside it. */
function requireLoneStar(errors: Errors, values: readonly string[], what: string, path: FieldPath): void {
  if (values.length > 1 && values.includes("*"))
    errors.push(field.invalid(path, values, `if '*' is present, must not specify other ${what}`));
}

export function defaultRules(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= "*";
}

export function validateRule(errors: Errors, rule: RuleWithOperations, where: FieldPath): void {
  const { apiGroups = [], apiVersions = [], resources = [] } = rule;
  const given: readonly string[] = rule.operations ?? [];
  const operationsPath = where.child("operations");
  if (given.length === 0) errors.push(field.required(operationsPath));
  requireLoneStar(errors, given, "operations", operationsPath);
  for (const [index, operation] of given.entries()) allowOneOf(errors, operation, operations, operationsPath.index(index));
  if (apiGroups.length === 0) errors.push(field.required(where.child("apiGroups")));
  requireLoneStar(errors, apiGroups, "API groups", where.child("apiGroups"));
  const versionsPath = where.child("apiVersions");
  if (apiVersions.length === 0) errors.push(field.required(versionsPath));
  requireLoneStar(errors, apiVersions, "API versions", versionsPath);
  for (const [index, version] of apiVersions.entries()) if (version === "") errors.push(field.required(versionsPath.index(index)));
  validateResources(errors, resources, where.child("resources"));
  allowOneOf(errors, rule.scope, scopes, where.child("scope"));
}

function validateResources(errors: Errors, resources: readonly string[], where: FieldPath): void {
  if (resources.length === 0) errors.push(field.required(where));
  const allSubresourcesOf = new Set<string>();
  const inAllResources = new Set<string>();
  let last: string | undefined;
  for (const [index, text] of resources.entries()) {
    if (text === "") {
      errors.push(field.required(where.index(index)));
      continue;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      last = text;
      continue;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    const invalid = (present: string) =>
      errors.push(field.invalid(where.index(index), text, `if '${present}' is present, must not specify ${text}`));
    if (allSubresourcesOf.has(resource)) invalid(`${resource}/*`);
    if (inAllResources.has(subresource)) invalid(`*/${subresource}`);
    if (subresource === "*") allSubresourcesOf.add(resource);
    if (resource === "*") inAllResources.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    errors.push(field.invalid(where, resources, "if '*/*' is present, must not specify other resources"));
  }
  // Upstream looks at the last resource without a subresource only.
  if (resources.includes("*") && last !== undefined && last !== "*") {
    errors.push(field.invalid(where, resources, "if '*' is present, must not specify other resources without subresources"));
  }
}

function validateNamedRule(errors: Errors, rule: NamedRuleWithOperations, where: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, name] of (rule.resourceNames ?? []).entries()) {
    const one = where.child("resourceNames").index(index);
    complain(errors, one, name, isPathSegmentName(name));
    if (seen.has(name)) errors.push(field.duplicate(one, name));
    seen.add(name);
  }
  validateRule(errors, rule, where);
}

export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules);
  defaultRules(match.excludeResourceRules);
}

export function validateMatchResources(errors: Errors, match: MatchResources | undefined, where: FieldPath): void {
  if (!match) return;
  if (match.matchPolicy === undefined) errors.push(field.required(where.child("matchPolicy")));
  else allowOneOf(errors, match.matchPolicy, matchPolicies, where.child("matchPolicy"));
  for (const name of ["namespaceSelector", "objectSelector"] as const) {
    if (!match[name]) errors.push(field.required(where.child(name)));
    else errors.push(...validateLabelSelector(match[name], where.child(name)));
  }
  for (const name of ["resourceRules", "excludeResourceRules"] as const) {
    for (const [index, rule] of (match[name] ?? []).entries()) validateNamedRule(errors, rule, where.child(name).index(index));
  }
}

/** Deletes can't be changed on their way. */
export function validateMutatingOperations(errors: Errors, match: MatchResources | undefined, where: FieldPath): void {
  for (const rule of match?.resourceRules ?? []) {
    for (const operation of rule.operations ?? []) {
      allowOneOf(errors, operation, mutatingOperations, where.child("resourceRules", "operations"));
    }
  }
}

/** Without `compileExpression` only the presence of expressions is checked; it throws `CompileError`. */
export function validateMatchConditions(
  errors: Errors,
  conditions: readonly MatchCondition[] | undefined,
  where: FieldPath,
  compileExpression?: (expression: string) => void,
): void {
  const given = conditions ?? [];
  if (given.length > maxMatchConditions) errors.push(field.tooMany(where, given.length, maxMatchConditions));
  const seen = new Set<string>();
  for (const [index, { name = "", expression = "" }] of given.entries()) {
    const one = where.index(index);
    if (expression.trim() === "") errors.push(field.required(one.child("expression")));
    else if (compileExpression) validateExpression(errors, expression, one.child("expression"), compileExpression);
    if (name === "") {
      errors.push(field.required(one.child("name")));
      continue;
    }
    complain(errors, one.child("name"), name, isQualifiedName(name));
    if (seen.has(name)) errors.push(field.duplicate(one.child("name"), name));
    seen.add(name);
  }
}

function validateExpression(errors: Errors, expression: string, where: FieldPath, compileExpression: (expression: string) => void): void {
  try {
    compileExpression(expression);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    errors.push(field.invalid(where, expression, error.message));
  }
}
