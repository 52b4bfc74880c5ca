import type { ObjectConverter, OutsideConversion, StoredState } from "../../api/define-resource.ts";
import { internalError } from "../../machinery/errors.ts";
import { type AnyObject, deepCopy, deepFreeze } from "../../machinery/object.ts";
import { applyDefaults } from "../../machinery/structural/defaults.ts";
import type { JsonObject } from "../../machinery/structural/json-schema.ts";
import { isSettled, prune } from "../../machinery/structural/prune.ts";
import type { Structural } from "../../machinery/structural/structural.ts";
import type { ConversionWebhook } from "./conversion-webhook.ts";

/** The versions of one custom resource, by `group/version`. */
export interface CustomVersions {
  /** The one that objects are stored in. */
  readonly storage: string;
  readonly roots: ReadonlyMap<string, Structural>;
  /** Who converts; undefined where versions differ in their names only. */
  readonly webhook: ConversionWebhook | undefined;
}

/**
 * Shows stored objects in one version: pruned and defaulted by the schema of the version they are stored in, then pruned by that which
 * is asked for. An object that is right as it lies is given as it lies, and each other one is made once.
 */
export class CustomConverter implements ObjectConverter {
  readonly outside: OutsideConversion | undefined;
  readonly #apiVersion: string;
  readonly #versions: CustomVersions;
  readonly #shown = new WeakMap<AnyObject, AnyObject>();

  constructor(apiVersion: string, versions: CustomVersions) {
    this.#apiVersion = apiVersion;
    this.#versions = versions;
    if (versions.webhook) this.outside = new WebhookConversion(apiVersion, versions, versions.webhook, this.#shown);
  }

  fromStored(stored: AnyObject): AnyObject {
    let shown = this.#shown.get(stored);
    if (!shown) {
      shown = this.#show(stored);
      this.#shown.set(stored, shown);
    }
    return shown;
  }

  toStored(object: AnyObject): AnyObject {
    const { storage, roots } = this.#versions;
    if (storage === this.#apiVersion) return object;
    this.#requireByName();
    const stored = deepCopy(object);
    stored.apiVersion = storage;
    const root = roots.get(storage);
    if (root) prune(stored as JsonObject, root);
    return stored;
  }

  #show(stored: AnyObject): AnyObject {
    const { roots } = this.#versions;
    const from = stored.apiVersion ?? "";
    const wanted = roots.get(this.#apiVersion) as Structural;
    if (from === this.#apiVersion && isSettled(stored as JsonObject, wanted)) return stored;
    const object = asStored(stored, this.#versions, wanted);
    if (from !== this.#apiVersion) {
      this.#requireByName();
      object.apiVersion = this.#apiVersion;
      prune(object as JsonObject, wanted);
    }
    return deepFreeze(object);
  }

  #requireByName(): void {
    if (this.outside) throw internalError(`an object was to be shown in ${this.#apiVersion} before it was converted`);
  }
}

/** A copy of a stored object as the version shows it that it is stored in. */
function asStored(stored: Readonly<AnyObject>, { roots }: CustomVersions, otherwise: Structural): AnyObject {
  // A version that is gone was left out of the definition on its owner's word that no object is stored in it.
  const origin = roots.get(stored.apiVersion ?? "") ?? otherwise;
  const object = deepCopy(stored as AnyObject);
  prune(object as JsonObject, origin);
  applyDefaults(object, origin);
  return object;
}

/** Conversions between one version and the others, which a webhook makes. */
class WebhookConversion implements OutsideConversion {
  readonly #apiVersion: string;
  readonly #versions: CustomVersions;
  readonly #webhook: ConversionWebhook;
  /** What the converter shows of stored objects: each state is converted once. */
  readonly #shown: WeakMap<AnyObject, AnyObject>;
  readonly #underWay = new Map<AnyObject, Promise<void>>();

  constructor(apiVersion: string, versions: CustomVersions, webhook: ConversionWebhook, shown: WeakMap<AnyObject, AnyObject>) {
    this.#apiVersion = apiVersion;
    this.#versions = versions;
    this.#webhook = webhook;
    this.#shown = shown;
  }

  prepare(states: Iterable<StoredState>): Promise<void> | undefined {
    const missing: StoredState[] = [];
    const waiting = new Set<Promise<void>>();
    for (const state of states) {
      const { value } = state;
      if (value.apiVersion === this.#apiVersion || this.#shown.has(value)) continue;
      const underWay = this.#underWay.get(value);
      if (underWay) waiting.add(underWay);
      else missing.push(state);
    }
    if (missing.length > 0) waiting.add(this.#begin(missing));
    return waiting.size === 0 ? undefined : Promise.all(waiting).then(() => undefined);
  }

  async convert(state: StoredState, apiVersion: string): Promise<AnyObject> {
    if (state.value.apiVersion === apiVersion) return state.value;
    const [converted] = await this.#webhook.convert([state], apiVersion);
    return converted as AnyObject;
  }

  async toStored(state: StoredState): Promise<AnyObject> {
    const { storage } = this.#versions;
    if (state.value.apiVersion === storage) return state.value;
    return this.#pruned(await this.convert(state, storage), storage);
  }

  #begin(missing: readonly StoredState[]): Promise<void> {
    const converting = this.#show(missing).finally(() => {
      for (const { value } of missing) this.#underWay.delete(value);
    });
    for (const { value } of missing) this.#underWay.set(value, converting);
    return converting;
  }

  async #show(states: readonly StoredState[]): Promise<void> {
    const wanted = this.#versions.roots.get(this.#apiVersion) as Structural;
    const sent = states.map(({ value, managedFields }) => ({ value: asStored(value, this.#versions, wanted), managedFields }));
    const converted = await this.#webhook.convert(sent, this.#apiVersion);
    for (const [index, { value }] of states.entries()) {
      this.#shown.set(value, deepFreeze(this.#pruned(converted[index] as AnyObject, this.#apiVersion)));
    }
  }

  #pruned(object: AnyObject, apiVersion: string): AnyObject {
    prune(object as JsonObject, this.#versions.roots.get(apiVersion) as Structural);
    return object;
  }
}
