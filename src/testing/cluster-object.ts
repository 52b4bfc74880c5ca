import type { Event } from "../api/core/v1.ts";
import type { Client } from "../client/client.ts";
import { type AnyObject, deepCopy } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import { absent, type Condition, type Judgement, judge } from "./conditions.ts";
import { manifestDifferences } from "./manifest-differences.ts";
import type { Place } from "./target.ts";
import { eventsAbout, troubleText } from "./trouble.ts";

interface ObjectDeps {
  client: Client;
  place(): Place;
  read(): AnyObject | undefined;
  /** The other namespaces in which there is an object of that name. */
  elsewhere(): string[];
  now(): number;
}

/** One object of a cluster, as it is whenever it is asked: what matchers look at. */
export class ClusterObject {
  readonly #deps: ObjectDeps;

  /** @internal Use `cluster.object`. */
  constructor(deps: ObjectDeps) {
    this.#deps = deps;
  }

  /** `deployment/web in namespace shop` */
  get title(): string {
    const { definition, name, namespace } = this.#deps.place();
    return `${definition.singular}/${name}${namespace ? ` in namespace ${namespace}` : ""}`;
  }

  /** A copy of it; undefined when there is none. */
  read(): AnyObject | undefined {
    return deepCopy(this.#deps.read());
  }

  /** Whether a condition holds now, and if not, why. */
  judge(condition: Condition): Judgement {
    return judge(this.#deps.read(), condition);
  }

  /** The events about it, oldest first. */
  async events(): Promise<Event[]> {
    const object = this.#deps.read();
    return object ? await eventsAbout(this.#deps.client, [object]) : [];
  }

  /** Its conditions, its pods and why they aren't ready, and the newest events about all of these; or where else there is one of its name. */
  async trouble(): Promise<string> {
    const object = this.#deps.read();
    if (object) return await troubleText(this.#deps.client, object, this.#deps.now());
    const [first, ...others] = this.#deps.elsewhere();
    return first === undefined ? "" : `There is one in namespace ${[first, ...others].join(", ")}: { namespace: ${JSON.stringify(first)} }`;
  }

  /**
   * What differs between it and a manifest, a line each. Fields that the manifest leaves out count only where the API server doesn't fill
   * them in by itself: it is asked, in a dry run.
   */
  async differences(manifest: AnyObject): Promise<string[]> {
    const object = this.#deps.read();
    if (!object) return [absent];
    const { definition, namespace } = this.#deps.place();
    const { apiVersion, kind, metadata, ...rest } = manifest;
    const placed = {
      apiVersion,
      kind,
      ...rest,
      metadata: { ...metadata, name: `${metadata.name}-0`, ...(namespace ? { namespace } : {}) },
    } as AnyObject;
    const defaulted = await this.#deps.client.create(definition as ResourceRef<AnyObject>, placed, { dryRun: true });
    return manifestDifferences(manifest, defaulted, object);
  }
}
