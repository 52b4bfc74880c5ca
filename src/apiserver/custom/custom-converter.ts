import type { ObjectConverter } from "../../api/define-resource.ts";
import { internalError } from "../../machinery/errors.ts";
import { type AnyObject, deepCopy, deepFreeze } from "../../machinery/object.ts";
import { applyDefaults } from "../../machinery/structural/defaults.ts";
import type { JsonObject } from "../../machinery/structural/json-schema.ts";
import { isSettled, prune } from "../../machinery/structural/prune.ts";
import type { Structural } from "../../machinery/structural/structural.ts";

/** The versions of one custom resource, by `group/version`. */
export interface CustomVersions {
  /** The one that objects are stored in. */
  readonly storage: string;
  readonly roots: ReadonlyMap<string, Structural>;
  /** Whether versions differ in their names only; else a webhook converts, which this server doesn't ask. */
  readonly convertsByName: boolean;
  readonly kind: string;
}

/**
 * Shows stored objects in one version: pruned and defaulted by the schema of the version they are stored in, then pruned by that which
 * is asked for. An object that is right as it lies is given as it lies, and each other one is made once.
 */
export class CustomConverter implements ObjectConverter {
  readonly #apiVersion: string;
  readonly #versions: CustomVersions;
  readonly #shown = new WeakMap<AnyObject, AnyObject>();

  constructor(apiVersion: string, versions: CustomVersions) {
    this.#apiVersion = apiVersion;
    this.#versions = versions;
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
    this.#requireByName(storage);
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
    // A version that is gone was left out of the definition on its owner's word that no object is stored in it.
    const origin = roots.get(from) ?? wanted;
    if (from === this.#apiVersion && isSettled(stored as JsonObject, origin)) return stored;
    const object = deepCopy(stored);
    prune(object as JsonObject, origin);
    applyDefaults(object, origin);
    if (from !== this.#apiVersion) {
      this.#requireByName(from);
      object.apiVersion = this.#apiVersion;
      prune(object as JsonObject, wanted);
    }
    return deepFreeze(object);
  }

  #requireByName(other: string): void {
    const { convertsByName, kind } = this.#versions;
    if (convertsByName) return;
    const text = `conversion webhook for ${other}, Kind=${kind} failed: conversion of custom resources by webhook is not supported`;
    throw internalError(text);
  }
}
