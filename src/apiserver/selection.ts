import { badRequest } from "../machinery/errors.ts";
import type { AnyObject } from "../machinery/object.ts";
import { type FieldTranslation, metadataFields, parseFieldSelector, selectableFields } from "../machinery/selectors/field-selector.ts";
import { parseLabelSelector } from "../machinery/selectors/label-selector.ts";
import type { Entry, EntryFilter } from "../storage/store.ts";
import type { ServedResource } from "./catalog.ts";
import { servedValue } from "./respond.ts";

/** Which objects of a collection are asked for. Undefined: all of them. */
export type Selection = ((value: AnyObject) => boolean) | undefined;

/** Names of today's fields that upstream still knows by an older name. */
const fieldAliases = { "spec.host": "spec.nodeName" };

/** Compiles the selectors of a query and the name that a watch of one object asks for. */
export function compileSelection(resource: ServedResource, labelSelector: string, fieldSelector: string, name = ""): Selection {
  const tests: ((value: AnyObject) => boolean)[] = [];
  // Complaints about labels come first.
  const labels = labelSelector === "" ? undefined : parseLabelSelector(labelSelector);
  if (name !== "") tests.push((value) => value.metadata.name === name);
  if (fieldSelector !== "") {
    const own = resource.definition.behaviour.selectableFields ?? {};
    const { terms } = parseFieldSelector(fieldSelector, translationOf(resource));
    if (name !== "" && terms.find(({ field, operator }) => field === "metadata.name" && operator === "=")?.value !== name) {
      throw badRequest("fieldSelector metadata.name doesn't match requested name");
    }
    for (const { field, operator, value: wanted } of terms) {
      const read = readers[field] ?? own[field];
      if (!read) throw badRequest(`field label not supported: ${field}`);
      const equal = operator === "=";
      tests.push((value) => ((read(value) ?? "") === wanted) === equal);
    }
  }
  if (labels && !labels.isEverything) tests.push((value) => labels.matches(value.metadata.labels));
  if (tests.length === 0) return undefined;
  if (tests.length === 1) return tests[0];
  return (value) => tests.every((test) => test(value));
}

/** The selections of the newest lists as filters of entries, so that a selector that comes again finds what the store kept for it. */
export class FilterCache {
  readonly #limit: number;
  readonly #filters = new Map<string, { resource: ServedResource; filter: EntryFilter }>();

  constructor(limit = 64) {
    this.#limit = limit;
  }

  get(resource: ServedResource, selectors: string, selection: (value: AnyObject) => boolean): EntryFilter {
    const key = `${resource.qualifiedName} ${resource.apiVersion} ${selectors}`;
    const kept = this.#filters.get(key);
    this.#filters.delete(key);
    // A custom resource may have come anew under its name, with other selectable fields.
    const filter = kept?.resource === resource ? kept.filter : { matches: (entry: Entry) => selection(servedValue(resource, entry)) };
    this.#filters.set(key, { resource, filter });
    if (this.#filters.size > this.#limit) this.#filters.delete(this.#filters.keys().next().value as string);
    return filter;
  }
}

const readers: Record<string, (value: AnyObject) => string | undefined> = {
  "metadata.name": (value) => value.metadata.name,
  "metadata.namespace": (value) => value.metadata.namespace,
};

function translationOf(resource: ServedResource): FieldTranslation {
  const { behaviour, namespaced } = resource.definition;
  const own = behaviour.selectableFields ?? (resource.custom ? {} : undefined);
  if (!own) return metadataFields;
  const aliases = namespaced && "spec.nodeName" in own ? fieldAliases : {};
  const metadata = namespaced ? ["metadata.name", "metadata.namespace"] : ["metadata.name"];
  return selectableFields([...metadata, ...Object.keys(own)], aliases, behaviour.unsupportedField);
}
