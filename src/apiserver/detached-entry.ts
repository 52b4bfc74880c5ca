import { exactJson } from "../machinery/exact-json.ts";
import { type AnyObject, deepFreeze } from "../machinery/object.ts";
import type { Entry } from "../storage/store.ts";
import { utf8 } from "./bytes.ts";

/** An object that is answered but not stored (dry run, a deleted object with a state of its own), in the form of an entry. */
export class DetachedEntry implements Entry {
  readonly key: string;
  readonly revision: number;
  readonly value: AnyObject;
  readonly managedFields: string | undefined;

  constructor(key: string, value: AnyObject, managedFields: string | undefined) {
    this.key = key;
    this.revision = Number(value.metadata.resourceVersion ?? 0);
    this.value = deepFreeze(value);
    this.managedFields = managedFields;
  }

  get storedSize(): number {
    return 0;
  }

  json(): Uint8Array {
    const { kind, apiVersion, ...rest } = this.#full();
    return utf8(exactJson({ kind, apiVersion, ...rest }));
  }

  jsonWithoutHeader(): Uint8Array {
    const { kind: _kind, apiVersion: _version, ...rest } = this.#full();
    return utf8(exactJson(rest));
  }

  encoded(_form: string, make: () => Uint8Array): Uint8Array {
    return make();
  }

  letGo(): void {}

  #full(): AnyObject {
    if (this.managedFields === undefined) return this.value;
    return { ...this.value, metadata: { ...this.value.metadata, managedFields: JSON.parse(this.managedFields) } };
  }
}
