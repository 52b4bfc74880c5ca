import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import type {
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from "./v1.ts";

const at = path("spec");
const defaultPrecedence = 1000;
const maxPrecedence = 10_000;
const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

export const flowschemas = defineResource<FlowSchema>("flowcontrol.apiserver.k8s.io", "flowschemas", {
  default(schema) {
    schema.spec ??= {} as FlowSchemaSpec;
    schema.spec.priorityLevelConfiguration ??= { name: "" };
    if (!schema.spec.matchingPrecedence) schema.spec.matchingPrecedence = defaultPrecedence;
    schema.status ??= {};
  },
  updateChecks: ["meta", "kind"],
  prepareForCreate(schema) {
    schema.status = {};
  },
  prepareForUpdate(schema, old, { subresource }) {
    if (subresource === "status") schema.metadata = { ...old.metadata };
  },
  validate(schema) {
    const errors: Errors = [];
    validateSpec(errors, schema);
    validateFixed(errors, schema);
    validateConditionTypes(errors, schema.status?.conditions);
    return errors;
  },
  validateStatus(schema) {
    const errors: Errors = [];
    validateConditionTypes(errors, schema.status?.conditions);
    return errors;
  },
});

const everything: PolicyRulesWithSubjects = {
  subjects: [],
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

const groupsOf = (...names: readonly string[]) => names.map((name) => ({ kind: "Group", group: { name } }));

const fixedSpecs: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 1,
    rules: [{ ...everything, subjects: groupsOf("system:masters") }],
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: 10000,
    distinguisherMethod: { type: "ByUser" },
    rules: [{ ...everything, subjects: groupsOf("system:unauthenticated", "system:authenticated") }],
  },
};

/** The two schemas that every server relies on are what they are. */
function validateFixed(errors: Errors, { metadata: { name = "" }, spec }: Readonly<FlowSchema>): void {
  const fixed = fixedSpecs[name];
  if (!fixed || deepEqual(spec, fixed)) return;
  errors.push(field.invalid(at, internalForm("api/flowcontrol/v1#FlowSchemaSpec", spec), `spec of '${name}' must equal the fixed value`));
}

/** Conditions of both kinds of this group: a type each, and none twice. */
export function validateConditionTypes(errors: Errors, conditions: readonly { type?: string }[] | undefined): void {
  const seen = new Set<string>();
  for (const [index, { type = "" }] of (conditions ?? []).entries()) {
    const one = path("status", "conditions").index(index).child("type");
    if (seen.has(type)) errors.push(field.duplicate(one, type));
    seen.add(type);
    if (type === "") errors.push(field.required(one));
  }
}

function validateSpec(errors: Errors, schema: Readonly<FlowSchema>): void {
  const { matchingPrecedence = 0, distinguisherMethod: method, priorityLevelConfiguration, rules = [] } = schema.spec as FlowSchemaSpec;
  const precedence = (detail: string) => errors.push(field.invalid(at.child("matchingPrecedence"), matchingPrecedence, detail));
  if (matchingPrecedence <= 0) precedence("must be a positive value");
  if (matchingPrecedence > maxPrecedence) precedence(`must not be greater than ${maxPrecedence}`);
  if (matchingPrecedence === 1 && schema.metadata.name !== "exempt") {
    precedence("only the schema named 'exempt' may have matchingPrecedence 1");
  }
  if (method && method.type !== "ByNamespace" && method.type !== "ByUser") {
    const shown = { Type: method.type ?? "" };
    errors.push(field.notSupported(at.child("distinguisherMethod", "type"), shown, ["ByNamespace", "ByUser"]));
  }
  const { name } = priorityLevelConfiguration;
  const namePath = at.child("priorityLevelConfiguration", "name");
  if (name) complain(errors, namePath, name, isDNS1123Subdomain(name));
  else errors.push(field.required(namePath, "must reference a priority level"));
  for (const [index, rule] of rules.entries()) validateRules(errors, rule, at.child("rules").index(index));
}

function validateRules(errors: Errors, rule: PolicyRulesWithSubjects, where: FieldPath): void {
  const { resourceRules = [], nonResourceRules = [] } = rule;
  const subjects = rule.subjects ?? [];
  if (subjects.length === 0) errors.push(field.required(where.child("subjects"), "subjects must contain at least one value"));
  for (const [index, subject] of subjects.entries()) validateSubject(errors, subject, where.child("subjects").index(index));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.push(field.required(where, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  for (const [index, one] of resourceRules.entries()) validateResourceRule(errors, one, where.child("resourceRules").index(index));
  for (const [index, one] of nonResourceRules.entries()) validateNonResourceRule(errors, one, where.child("nonResourceRules").index(index));
}

/** The field and the name of each kind of subject, in the order in which upstream looks at those that don't belong. */
const subjectFields = [
  ["serviceAccount", "ServiceAccount"],
  ["user", "User"],
  ["group", "Group"],
] as const;

function validateSubject(errors: Errors, subject: Subject, where: FieldPath): void {
  const own = subjectFields.find(([, kind]) => kind === subject.kind);
  if (!own) {
    errors.push(field.notSupported(where.child("kind"), subject.kind ?? "", ["Group", "ServiceAccount", "User"]));
    return;
  }
  const [name, kind] = own;
  const value = subject[name];
  const one = where.child(name);
  if (!value) errors.push(field.required(one, `${name} is required when subject kind is '${kind}'`));
  else if (name === "serviceAccount") validateServiceAccount(errors, value as ServiceAccountSubject, one);
  else if (!value.name) errors.push(field.required(one.child("name")));
  for (const [other, otherKind] of subjectFields) {
    if (other === name || !subject[other]) continue;
    errors.push(field.forbidden(where.child(other), `${other} is forbidden when subject kind is not '${otherKind}'`));
  }
}

function validateServiceAccount(errors: Errors, { name, namespace }: ServiceAccountSubject, where: FieldPath): void {
  if (!name) errors.push(field.required(where.child("name")));
  else if (name !== "*") complain(errors, where.child("name"), name, isDNS1123Subdomain(name));
  if (namespace) complain(errors, where.child("namespace"), namespace, isDNS1123Label(namespace));
  else errors.push(field.required(where.child("namespace"), "must specify namespace for service account"));
}

function validateVerbs(errors: Errors, given: readonly string[], where: FieldPath): void {
  if (given.length === 0) errors.push(field.required(where, "verbs must contain at least one value"));
  else if (given.includes("*")) {
    if (given.length > 1) errors.push(field.invalid(where, given, "if '*' is present, must not specify other verbs"));
  } else if (given.some((verb) => !verbs.includes(verb))) errors.push(field.notSupported(where, given, verbs));
}

function validateNonResourceRule(errors: Errors, rule: NonResourcePolicyRule, where: FieldPath): void {
  validateVerbs(errors, rule.verbs ?? [], where.child("verbs"));
  const urls = rule.nonResourceURLs ?? [];
  const one = where.child("nonResourceURLs");
  if (urls.length === 0) errors.push(field.required(one, "nonResourceURLs must contain at least one value"));
  else if (urls.includes("*")) {
    if (urls.length > 1) errors.push(field.invalid(one, urls, "if '*' is present, must not specify other non-resource URLs"));
  } else {
    for (const [index, url] of urls.entries()) {
      const complaint = urlComplaint(url);
      if (complaint) errors.push(field.invalid(one.index(index), url, complaint));
    }
  }
}

function urlComplaint(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}

function validateResourceRule(errors: Errors, rule: ResourcePolicyRule, where: FieldPath): void {
  validateVerbs(errors, rule.verbs ?? [], where.child("verbs"));
  for (const [name, single, plural] of [
    ["apiGroups", "api group", "api groups"],
    ["resources", "resource", "resources"],
  ] as const) {
    const given = rule[name] ?? [];
    if (given.length === 0) errors.push(field.required(where.child(name), `resource rules must supply at least one ${single}`));
    else if (given.length > 1 && given.includes("*")) {
      errors.push(field.invalid(where.child(name), given, `if '*' is present, must not specify other ${plural}`));
    }
  }
  const namespaces = rule.namespaces ?? [];
  const one = where.child("namespaces");
  if (namespaces.length === 0 && !rule.clusterScope) {
    errors.push(field.required(one, "resource rules that are not cluster scoped must supply at least one namespace"));
  } else if (namespaces.includes("*")) {
    if (namespaces.length > 1) errors.push(field.invalid(one, namespaces, "if '*' is present, must not specify other namespaces"));
  } else {
    for (const [index, name] of namespaces.entries()) {
      const texts = isDNS1123Label(name).map((text) => `each member of this list must be '*' or a DNS-1123 label; ${text}`);
      complain(errors, one.index(index), name, texts);
    }
  }
}
