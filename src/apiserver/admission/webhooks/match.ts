import type { NamedRuleWithOperations } from "../../../api/admissionregistration/v1.ts";
import { internalError, notFound } from "../../../machinery/errors.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import type { LabelSelector } from "../../../machinery/selectors/label-selector.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ResourceCatalog, ServedResource } from "../../catalog.ts";
import type { ObjectReader } from "../../object-reader.ts";

/** Which requests a webhook or a policy is about. */
export interface Criteria {
  readonly rules: readonly NamedRuleWithOperations[];
  /** What is about none even if a rule says so. */
  readonly excludeRules?: readonly NamedRuleWithOperations[];
  /** Whether rules are about the versions that they name, and not about the same objects in others too. */
  readonly exactly: boolean;
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

const isNamespaces = ({ qualifiedName }: ServedResource) => qualifiedName === "namespaces";

/** The namespace of a request; a namespace is in itself. */
export function namespaceOfRequest({ namespace, name, resource }: AdmissionAttributes): string {
  return isNamespaces(resource) ? name : namespace;
}

/** Nobody can lock himself out: what says which webhooks are called is never shown to them. */
export function isExempt({ resource }: AdmissionAttributes): boolean {
  return resource.definition.group === "admissionregistration.k8s.io";
}

/** The resource in whose version a webhook is asked; undefined when it isn't asked. Throws when that can't be told. */
export function matchedResource(
  criteria: Criteria,
  attributes: AdmissionAttributes,
  catalog: ResourceCatalog,
  objects: ObjectReader,
): ServedResource | undefined {
  let namespaceError: unknown;
  try {
    if (!matchesNamespace(criteria, attributes, objects)) return undefined;
  } catch (error) {
    // It counts only where the webhook would be asked.
    namespaceError = error;
  }
  if (!matchesObject(criteria, attributes)) return undefined;
  const { rules, excludeRules, exactly } = criteria;
  if (excludeRules && matchRules(excludeRules, exactly, attributes, catalog)) return undefined;
  const resource = matchRules(rules, exactly, attributes, catalog);
  if (resource && namespaceError !== undefined) throw namespaceError;
  return resource;
}

function matchRules(
  rules: readonly NamedRuleWithOperations[],
  exactly: boolean,
  attributes: AdmissionAttributes,
  catalog: ResourceCatalog,
): ServedResource | undefined {
  const { resource } = attributes;
  if (rules.some((rule) => matchesRule(rule, attributes, resource))) return resource;
  if (exactly) return undefined;
  const equivalents = equivalentsOf(catalog, resource);
  for (const rule of rules) {
    for (const other of equivalents) if (matchesRule(rule, attributes, other)) return other;
  }
  return undefined;
}

/** The same objects under other versions or groups. */
function equivalentsOf(catalog: ResourceCatalog, resource: ServedResource): ServedResource[] {
  const { storageName } = resource.definition;
  const found: ServedResource[] = [];
  for (const other of catalog.all()) {
    if (other !== resource && other.stored && other.definition.storageName === storageName) found.push(other);
  }
  return found;
}

function matchesRule(rule: NamedRuleWithOperations, attributes: AdmissionAttributes, { definition }: ServedResource): boolean {
  return (
    matchesScope(rule.scope, attributes) &&
    has(rule.operations, attributes.operation) &&
    has(rule.apiGroups, definition.group) &&
    has(rule.apiVersions, definition.version) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name)) &&
    (rule.resources ?? []).some((text) => matchesName(text, definition.resource, attributes.subresource))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}

function matchesName(text: string, resource: string, subresource: string): boolean {
  const [main = "", sub = ""] = text.split("/", 2);
  return (main === "*" || main === resource) && (sub === "*" || sub === subresource);
}

function matchesScope(scope: string | undefined, attributes: AdmissionAttributes): boolean {
  if (scope === undefined || scope === "*") return true;
  const isNamespaced = !isNamespaces(attributes.resource) && attributes.namespace !== "";
  return scope === "Namespaced" ? isNamespaced : !isNamespaced;
}

function matchesObject({ objectSelector }: Criteria, { object, old }: AdmissionAttributes): boolean {
  if (objectSelector.isEverything) return true;
  const selected = (one: Readonly<AnyObject> | undefined) => one?.metadata !== undefined && objectSelector.matches(one.metadata.labels);
  return selected(object) || selected(old);
}

function matchesNamespace({ namespaceSelector }: Criteria, attributes: AdmissionAttributes, objects: ObjectReader): boolean {
  const namespace = namespaceOfRequest(attributes);
  if ((namespace === "" && !isNamespaces(attributes.resource)) || namespaceSelector.isEverything) return true;
  return namespaceSelector.matches(namespaceLabels(namespace, attributes, objects));
}

/** Of a namespace that is made or changed the labels that it is going to have. */
function namespaceLabels(namespace: string, attributes: AdmissionAttributes, objects: ObjectReader) {
  const { operation, resource, subresource, object } = attributes;
  if (isNamespaces(resource) && subresource === "" && (operation === "CREATE" || operation === "UPDATE")) {
    if (!object) throw internalError("a namespace without an object");
    return object.metadata.labels;
  }
  const entry = objects.get("namespaces", "", namespace);
  if (!entry) throw notFound({ group: "", resource: "namespaces" }, namespace);
  return entry.value.metadata.labels;
}
