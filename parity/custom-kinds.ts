import { create, get, type Request, type Step } from "./sequences.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A version of a definition: its schema, or else one that takes everything, and what else it has. */
export interface CustomVersion {
  name?: string;
  schema?: object;
  more?: object;
}

interface Names {
  plural: string;
  kind: string;
  /** What else the definition's names have. */
  names?: object;
  /** Cluster-scoped where it is `Cluster`. */
  scope?: "Namespaced" | "Cluster";
}

const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** A custom kind of a group that no other sequence has. The first of its versions is the stored one. */
export class CustomKind {
  readonly group: string;
  readonly #names: Names;

  constructor(names: Names) {
    this.group = `${names.plural}-{u}.example.org`;
    this.#names = names;
  }

  /** Where the definition is. */
  get own(): string {
    return `${definitions}/${this.#names.plural}.${this.group}`;
  }

  /** Where its objects are. */
  path(version = "v1", namespace = "{ns}"): string {
    const place = this.#names.scope === "Cluster" ? "" : `namespaces/${namespace}/`;
    return `/apis/${this.group}/${version}/${place}${this.#names.plural}`;
  }

  definition(versions: readonly CustomVersion[], more: object = {}): object {
    const { plural, kind, names, scope = "Namespaced" } = this.#names;
    return {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${this.group}` },
      spec: {
        group: this.group,
        scope,
        names: { plural, kind, ...names },
        versions: versions.map(({ name = "v1", schema = open, more: rest }, index) => ({
          name,
          served: true,
          storage: index === 0,
          schema: { openAPIV3Schema: schema },
          ...rest,
        })),
        ...more,
      },
    };
  }

  /** Makes the definition and waits until its first version is served. */
  defined(versions: readonly CustomVersion[], more: object = {}): Step[] {
    const refused = (body: unknown) => (body as { message?: string }).message ?? "";
    return [create(definitions, this.definition(versions, more), { pick: refused }), this.established(), this.served(versions[0]?.name)];
  }

  established(): Request {
    return get(this.own, {
      pick: () => "",
      until: ({ body }) =>
        body.status?.conditions?.some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True"),
    });
  }

  served(version = "v1"): Request {
    return get(this.path(version), { pick: () => "", until: ({ status }) => status === 200 });
  }

  object(name: string, more: object = {}, version = "v1"): object {
    return { apiVersion: `${this.group}/${version}`, kind: this.#names.kind, metadata: { name }, ...more };
  }
}
