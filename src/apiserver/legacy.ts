import type { ResourceDefinition } from "../api/define-resource.ts";
import type { LegacyGroupVersion, LegacyKind } from "../api/legacy/legacy-kind.ts";
import { legacyVersions } from "../api/legacy/legacy-versions.ts";
import type { AnyObject } from "../machinery/object.ts";
import { apiVersionOf } from "../machinery/resource-ref.ts";
import type { ResourceCatalog } from "./catalog.ts";
import type { LegacyConverter, LegacyVersion } from "./context.ts";
import type { ApiRequest } from "./request.ts";

/**
 * What discovery names: enough for `kubectl -f FILE`. Without `list` and `watch`, clients that go through everything don't meet
 * each object a second time.
 */
const shownVerbs = ["create", "delete", "get", "patch", "update"];

/** Old API versions over the paths and kinds of today. */
export function createLegacyConverter(versions: readonly LegacyGroupVersion[] = legacyVersions): LegacyConverter {
  const byPath = new Map(versions.map((version) => [apiVersionOf(version), version]));
  const served = new Map<LegacyKind, Map<LegacyGroupVersion, LegacyVersion>>();
  const versionOf = (kind: LegacyKind, version: LegacyGroupVersion) => {
    const known = served.get(kind) ?? new Map<LegacyGroupVersion, LegacyVersion>();
    served.set(kind, known);
    let found = known.get(version);
    if (!found) {
      found = new ConvertedKind(kind, version);
      known.set(version, found);
    }
    return found;
  };
  let shown: { catalog: ResourceCatalog; version: number; definitions: readonly ResourceDefinition[] } | undefined;
  return {
    rewrite(request) {
      const text = versionText(request.path);
      const version = text === undefined ? undefined : byPath.get(text);
      if (text === undefined || !version) return undefined;
      const parts = request.path.slice(request.path.indexOf(text) + text.length).split("/");
      const rest = parts.filter((part) => part !== "");
      const inNamespace = rest[0] === "namespaces" && rest.length > 2;
      const [resource = "", name, ...more] = inNamespace ? rest.slice(2) : rest;
      const kind = version.kinds.find((candidate) => candidate.resource === resource.toLowerCase());
      if (!kind) return undefined;
      const namespace = inNamespace ? rest[1] : namespaceFor(request, name);
      const { group, version: today } = kind.served;
      const path = [
        group === "" ? "/api" : `/apis/${group}`,
        today,
        ...(namespace === undefined ? [] : ["namespaces", namespace]),
        kind.resource,
        ...(name === undefined ? [] : [todaysName(name, version)]),
        ...more,
      ].join("/");
      return { request: { ...request, path }, version: versionOf(kind, version) };
    },
    definitions(catalog) {
      if (shown?.catalog === catalog && shown.version === catalog.version) return shown.definitions;
      const definitions = versions.flatMap((version) => version.kinds.flatMap((kind) => shownAs(kind, version, catalog)));
      shown = { catalog, version: catalog.version, definitions };
      return definitions;
    },
  };
}

function todaysName(name: string, { validName }: LegacyGroupVersion): string {
  return validName ? validName(name) : name;
}

/** The oldest clients gave the namespace as a parameter. */
function namespaceFor({ method, query }: ApiRequest, name: string | undefined): string | undefined {
  const namespace = query.get("namespace");
  if (namespace) return namespace;
  return name !== undefined || method === "POST" ? "default" : undefined;
}

function shownAs(kind: LegacyKind, { group, version }: LegacyGroupVersion, catalog: ResourceCatalog): ResourceDefinition[] {
  const today = catalog.find(kind.served.group, kind.served.version, kind.resource)?.definition;
  if (!today) return [];
  const { shortNames: _shortNames, categories: _categories, subresources: _subresources, ...facts } = today;
  return [{ ...facts, group, version, verbs: shownVerbs }];
}

class ConvertedKind implements LegacyVersion {
  readonly group: string;
  readonly version: string;
  readonly notice: string;
  readonly #kind: LegacyKind;
  readonly #apiVersion: string;

  constructor(kind: LegacyKind, of: LegacyGroupVersion) {
    this.group = of.group;
    this.version = of.version;
    this.#kind = kind;
    this.#apiVersion = apiVersionOf(of);
    this.notice = `${this.#apiVersion} ${kind.kind} is ${kind.fate ?? of.fate}; use ${apiVersionOf(kind.served)} ${kind.kind}`;
  }

  toServed(body: AnyObject, _resource: unknown, warnings: string[], problems: string[]): AnyObject {
    const apiVersion = apiVersionOf(this.#kind.served);
    if (body.apiVersion === apiVersion) return body;
    const converted = this.#kind.toServed(body, {
      warn: (text) => warnings.push(text),
      unknown: (path) => problems.push(`unknown field ${JSON.stringify(path)}`),
    });
    converted.apiVersion = apiVersion;
    converted.kind = this.#kind.kind;
    return converted;
  }

  fromServed(object: AnyObject): AnyObject {
    const { fromServed } = this.#kind;
    if (fromServed === "unchanged") return object;
    const { items } = object as { items?: AnyObject[] };
    if (items) return { ...object, apiVersion: this.#apiVersion, items: items.map((item) => this.fromServed(item)) };
    if (object.kind !== this.#kind.kind) return object;
    return { ...(fromServed ? fromServed(object) : object), apiVersion: this.#apiVersion };
  }
}

/** `v1beta1` of `/api/v1beta1/…`, `extensions/v1beta1` of `/apis/extensions/v1beta1/…`. Every request is asked for it. */
function versionText(path: string): string | undefined {
  // Most are for what has no old version.
  if (path.startsWith("/api/v1/")) return undefined;
  const isCore = path.startsWith("/api/");
  if (!isCore && !path.startsWith("/apis/")) return undefined;
  const start = isCore ? 5 : 6;
  let end = path.indexOf("/", start);
  if (!isCore && end >= 0) end = path.indexOf("/", end + 1);
  return end < 0 ? undefined : path.slice(start, end);
}
