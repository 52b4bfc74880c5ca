import { parse, YAMLParseError } from "yaml";
import { type FieldError, type FieldPath, field, path } from "../../machinery/errors.ts";
import { isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { type AuditedResources, type AuditPolicy, type AuditRule, auditLevels, auditStages } from "./policy.ts";

const group = "audit.k8s.io/v1";

/** Reads an audit policy and checks it. Throws an error in upstream's words; `where` is the file's name. */
export function parseAuditPolicy(text: string, where: string): AuditPolicy {
  const fail = (why: string) => new Error(`loading audit policy file: ${why}: from file ${where}`);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw fail(`failed decoding: couldn't get version/kind; json parse error: ${error.message.split("\n")[0]}`);
  }
  const policy = (value ?? {}) as AuditPolicy & { apiVersion?: unknown; kind?: unknown };
  if (typeof policy !== "object") throw fail("failed decoding: couldn't get version/kind; json parse error: a policy is an object");
  const { apiVersion = "", kind = "" } = policy;
  if (apiVersion === "" && kind === "") throw fail("unknown group version field audit.k8s.io/__internal, Kind=Policy in policy");
  if (apiVersion !== group || kind !== "Policy") {
    throw fail(`failed decoding: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  checkTypes(policy, fail);
  if ((policy.rules ?? []).length === 0) throw fail("loaded illegal policy with 0 rules");
  const errors = policyErrors(policy);
  if (errors.length > 0) {
    const texts = errors.map(({ field: at, body }) => `${at}: ${body}`);
    throw fail(texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`);
  }
  return policy;
}

const textLists = ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "omitStages"] as const;

/** Lists are lists and texts are texts; fields that aren't known are nobody's business, as upstream has it. */
function checkTypes(policy: AuditPolicy, fail: (why: string) => Error): void {
  const listOf = (value: unknown, at: string, type: "string" | "object"): void => {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) throw fail(`failed decoding: json: cannot unmarshal into Go struct field Policy.${at}: it is no list`);
    const wrong = value.find((item) => typeof item !== type || item === null);
    if (wrong !== undefined) {
      const is = typeof wrong === "boolean" ? "bool" : typeof wrong;
      throw fail(`failed decoding: json: cannot unmarshal ${is} into Go struct field Policy.${at} of type ${type}`);
    }
  };
  listOf(policy.omitStages, "omitStages", "string");
  listOf(policy.rules, "rules", "object");
  for (const rule of policy.rules ?? []) {
    for (const name of textLists) listOf(rule[name], `rules.${name}`, "string");
    listOf(rule.resources, "rules.resources", "object");
    for (const one of rule.resources ?? []) {
      listOf(one.resources, "rules.resources.resources", "string");
      listOf(one.resourceNames, "rules.resources.resourceNames", "string");
    }
  }
}

function policyErrors({ rules, omitStages }: AuditPolicy): FieldError[] {
  return [...stageErrors(omitStages, path("omitStages")), ...rules.flatMap((rule, at) => ruleErrors(rule, path("rules").index(at)))];
}

function ruleErrors(rule: AuditRule, at: FieldPath): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [] } = rule;
  const errors: FieldError[] = [];
  if (!level) errors.push(field.required(at.child("level")));
  else if (!auditLevels.includes(level)) errors.push(field.notSupported(at.child("level"), level, auditLevels));
  const urls = at.child("nonResourceURLs");
  for (const [index, url] of nonResourceURLs.entries()) {
    if (url === "*") continue;
    if (!url.startsWith("/")) errors.push(field.invalid(urls.index(index), url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes("*")) {
      errors.push(field.invalid(urls.index(index), url, "non-resource URL wildcards '*' must be the final character of the rule"));
    }
  }
  errors.push(...resources.flatMap((one) => resourceErrors(one, at.child("resources"))));
  errors.push(...stageErrors(rule.omitStages, at.child("omitStages")));
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    errors.push(field.invalid(urls, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"));
  }
  return errors;
}

function resourceErrors({ group: name = "", resources = [], resourceNames = [] }: AuditedResources, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  // A group is nothing, or a name.
  if (name !== "") for (const why of isDNS1123Subdomain(name)) errors.push(field.invalid(at.child("group"), name, why));
  if (resourceNames.length > 0 && resources.length === 0) {
    errors.push(field.invalid(at.child("resourceNames"), resourceNames, "using resourceNames requires at least one resource"));
  }
  return errors;
}

function stageErrors(stages: readonly string[] = [], at: FieldPath): FieldError[] {
  return stages.flatMap((stage, index) =>
    (auditStages as readonly string[]).includes(stage)
      ? []
      : [field.invalid(at.index(index), stage, `allowed stages are ${auditStages.join(",")}`)],
  );
}
