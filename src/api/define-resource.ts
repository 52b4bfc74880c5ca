import type { Clock } from "../machinery/clock.ts";
import type { FieldError } from "../machinery/errors.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Platform } from "../machinery/platform.ts";
import type { Random } from "../machinery/random.ts";

/**
 * A kind is declared, not programmed: what the API server must know of one resource. It knows no kind by name. The generated
 * part (`resources.json`) gives names, verbs, subresources and columns; the files by hand add behaviour.
 */
export interface ResourceBehaviour<T = AnyObject> {
  /**
   * Fills in what a client may leave out, on decode; changes `object` in place. Runs on create, update and on what comes from
   * the store. Constants of the type tables are filled before. `clock` is there where an object is written.
   */
  default?(object: T, clock?: Clock): void;
  /**
   * Defaults build on what is known after validation only, or on what a status update lacks: they are filled in once more. Upstream
   * stores new objects without these, so that their first update is a change whatever it says.
   */
  defaultsStored?: boolean;
  /**
   * Takes away fields of features that are off, before the kind is prepared: nothing acts on them. Whoever sends them owns them all
   * the same. Changes `object` in place.
   */
  dropDisabled?(object: T): void;
  /** Why the object as a client has it doesn't become upstream's form in memory: an annotation there is a number. */
  unconvertible?(object: Readonly<T>): string | undefined;
  /** Before validation on create: clears status, sets generation. Changes `object` in place. */
  prepareForCreate?(object: T, context: RequestContext): void;
  /** Before validation on update: carries over what this endpoint must not change. Changes `object` in place. */
  prepareForUpdate?(object: T, old: Readonly<T>, context: RequestContext): void;
  validate?(object: Readonly<T>, context: RequestContext): FieldError[];
  /** What only new objects are held to, where `createChecks` names it. */
  validateCreate?(object: Readonly<T>, context: RequestContext): FieldError[];
  /** Beside `validate`, which runs too: immutable fields and transitions. */
  validateUpdate?(object: Readonly<T>, old: Readonly<T>, context: RequestContext): FieldError[];
  /** The spec once more, where `updateChecks` names it: upstream tells complaints about some twice. */
  validateSpec?(object: Readonly<T>): FieldError[];
  /** Instead of `validate` where an update follows rules of its own. */
  validateChange?(object: Readonly<T>, old: Readonly<T>, context: RequestContext): FieldError[];
  /** For PUT and PATCH on `/status`: complaints about the new status. Spec and metadata are already carried over from `old`. */
  validateStatus?(object: Readonly<T>, old: Readonly<T>, context: RequestContext): FieldError[];
  /** Texts for the Warning header. */
  warnings?(object: Readonly<T>, old: Readonly<T> | undefined, subresource: string): string[];
  /** A warning that comes with every answer about this resource. */
  deprecation?: string;
  /** What upstream's empty object of the kind has beside what the tables fill in: bookmarks hold one. */
  emptyObject?: { metadata?: { annotations: Readonly<Record<string, string>> }; spec?: object; data?: null };
  /** The cells of a Table row, one for each of the resource's columns, in their order. Absent: name and age. */
  row?(object: Readonly<T>, context: { now: number }): (string | number | bigint | boolean | null)[];
  /** `row` is of the form that is stored, where another is served: a way there and back would change the order of lists. */
  rowsOfStored?: boolean;
  /** Annotations that are fields of the spec in upstream's memory: metadata alone is shown without them. */
  specAnnotations?: readonly string[];
  /** What is told of a whole Table row; undefined: nothing. */
  rowConditions?(object: Readonly<T>): readonly RowCondition[] | undefined;
  /** Field selectors beyond metadata.name and metadata.namespace: path to the object's value. */
  selectableFields?: Record<string, (object: Readonly<T>) => string>;
  /** What is said of another field, where upstream has words of the kind's own. */
  unsupportedField?(field: string): string;
  /** How deletion works when it isn't at once: pods wait for their grace period. Seconds; 0 deletes now. */
  gracePeriodSeconds?(object: Readonly<T>, requested: number | undefined): number;
  /** Updates without metadata.resourceVersion are accepted. Upstream's default is true for most kinds. */
  allowUnconditionalUpdate?: boolean;
  /** PUT to a name that doesn't exist creates it (upstream: leases, events, endpoints, limit ranges, …). */
  allowCreateOnUpdate?: boolean;
  /** An apply to the status of what doesn't exist creates it, though no update does. */
  appliedStatusCreates?: boolean;
  /**
   * The object before a PUT as upstream's store has it, where it holds what it never shows: who leaves that out of a PUT takes it away.
   * `managedFields` is their text.
   */
  withHidden?(old: Readonly<T>, managedFields: string): Readonly<T>;
  /** Upstream keeps them in no cache, and reads of theirs are refused in the words of its store. */
  isUncached?: boolean;
  /** The group that complaints name: upstream names that of its internal type, which two groups may share. */
  complaintGroup?: string;
  /** metadata.name follows another rule than a DNS subdomain. Gives the complaints. */
  validateName?(name: string, prefix: boolean, object: Readonly<T>): readonly string[];
  /**
   * The order in which an ordinary update is checked, after what all kinds have in common. Default: `metaUpdate`, `kind`, `update`.
   */
  updateChecks?: readonly UpdateCheck[] | ((subresource: string) => readonly UpdateCheck[]);
  /** The order in which a new object is checked: metadata, `validate`, `validateCreate`. Default: `meta`, `kind`. */
  createChecks?: readonly CreateCheck[];
  /** An update of the status isn't checked for its metadata once more. */
  ignoresMetaOfStatus?: boolean;
  /** Unqualified names of finalizers are taken. Most built-in kinds take the standard ones only. */
  takesAnyFinalizer?: boolean;
  /** Whether metadata.generation counts changes of this kind's spec. Default: true when the kind has a spec and a status. */
  countsGenerations?: boolean;
  /** A change counts as one of the spec when the client sent empty lists or maps, which are never stored. */
  countsEmpty?: boolean;
  /** What compares an update with the old state tells an empty list or map from none, as validation does for all kinds. */
  tellsEmpty?: boolean | ((subresource: string) => boolean);
  /** Reads and writes the scale subresource. */
  scale?: {
    specReplicasPath: string;
    statusReplicasPath: string;
    /** The selector in its string form. */
    selector(object: Readonly<T>): string;
  };
  /**
   * `prepareForCreate` sees the status that the client sent: nodes register themselves with theirs, pods keep a part of it. All other
   * kinds start without.
   */
  keepsStatusOnCreate?: boolean;
  /** A delete answers with the object that is gone instead of a `Status`. */
  returnsDeletedObject?: boolean;
  /** When a delete begins, and it isn't done at once: namespaces become Terminating. Changes `object` in place. */
  prepareForDelete?(object: T): void;
  /** Why no object can be created now: its definition is going. */
  refusesCreation?: string;
  /** Why the object of that name can't be deleted, whether it is there or not. Collections are deleted with it. */
  refusesDeletion?(name: string): string | undefined;
  /** What a delete adds to the finalizers: the clean-up that has to come first. */
  finalizersOnDelete?: readonly string[];
  /** What holds a deleted object beside metadata.finalizers: spec.finalizers of namespaces. */
  hasPendingFinalizers?(object: Readonly<T>): boolean;
  /** Propagation policy of a delete that names none; upstream orphans for replication controllers and jobs of old. Default: background. */
  defaultPropagation?: "Orphan" | "Background" | "Foreground";
  /** Nothing is collected with objects of this kind: deletes don't look at the propagation policy. */
  hasNoDependents?: boolean;
  /** A warning with deletes that name no propagation policy. */
  orphansWarning?: string;
}

export interface RowCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

export type CreateCheck = "meta" | "kind" | "create";

/** Steps of checking an update: new metadata, changed metadata, `validate`, `validateSpec`, `validateUpdate`. */
export type UpdateCheck = "meta" | "metaUpdate" | "kind" | "spec" | "update";

/** What the functions of a resource may know of the request. */
export interface RequestContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly namespace: string;
  readonly subresource: string;
  readonly dryRun: boolean;
  /** The name of who asks. */
  readonly user: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>> | undefined;
  readonly platform: Platform;
  /** Tells the client something with the answer. */
  warn(text: string): void;
  /** Of the request's namespace, where it exists. */
  namespaceLabels(): Readonly<Record<string, string>> | undefined;
}

export interface SubresourceFacts {
  verbs: string[];
  kind: string;
  group?: string;
  version?: string;
}

/** The generated part: one entry of `resources.json`. */
export interface ResourceFacts {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singular: string;
  namespaced: boolean;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: Record<string, SubresourceFacts>;
  columns?: ColumnFacts[];
}

/** A column of a resource's tables. A description is a text, or where the types' descriptions have it. */
export type ColumnFacts = [name: string, type: string, format: string, priority: number, description?: string];

export interface ResourceDefinition extends ResourceFacts {
  /** The type reference of the kind in the tables: `api/core/v1#Pod`. */
  type: string;
  /** The name under which objects are stored: `pods`, `example.com/widgets`. Two versions of one kind share it. */
  storageName: string;
  /** The version that objects are stored in, where definitions say so. */
  storageVersion?: string;
  /** Where it isn't the kind's name and `List`. */
  listKind?: string;
  /** Of a custom resource: what the OpenAPI documents are made of. */
  published?: PublishedFacts;
  behaviour: ResourceBehaviour;
  /**
   * Objects are stored in the form of another version or group, under the name they share with it: this one converts. The
   * behaviour takes and gives objects of the served version. Neither function changes its argument.
   */
  converter?: ObjectConverter;
}

export interface PublishedFacts {
  schema: object | undefined;
  /** Unknown fields stay at the root, which definitions of old could say. */
  preserves: boolean;
  selectableFields: readonly string[];
}

export interface ObjectConverter {
  fromStored(object: AnyObject): AnyObject;
  toStored(object: AnyObject): AnyObject;
  /** Set where a webhook converts: `fromStored` then gives what was prepared, and `toStored` of here takes the place of that above. */
  readonly outside?: OutsideConversion | undefined;
}

/** One state of an object, with the managedFields that it is kept without. */
export interface StoredState {
  readonly value: AnyObject;
  readonly managedFields: string | undefined;
}

/** Conversions of one served version that someone else makes. They reject with the `StatusError` that tells why they failed. */
export interface OutsideConversion {
  /** Resolves when `fromStored` can give these; undefined: it can. */
  prepare(states: Iterable<StoredState>): Promise<void> | undefined;
  toStored(state: StoredState): Promise<AnyObject>;
  /** An object of the served version in another one, as the webhook gives it: fields that the version doesn't have are still there. */
  convert(state: StoredState, apiVersion: string): Promise<AnyObject>;
}

/** Declares the hand-written part of one built-in resource: `defineResource<Pod>("", "pods", { … })`. */
export function defineResource<T>(group: string, resource: string, behaviour: ResourceBehaviour<T>): DeclaredBehaviour {
  return { group, resource, behaviour: behaviour as unknown as ResourceBehaviour };
}

/** The same for one version of a resource that is stored in the form of another. */
export function defineConvertedResource<T>(
  group: string,
  version: string,
  resource: string,
  converter: ObjectConverter,
  behaviour: ResourceBehaviour<T>,
): DeclaredBehaviour {
  return { group, version, resource, converter, behaviour: behaviour as unknown as ResourceBehaviour };
}

export interface DeclaredBehaviour {
  group: string;
  /** Absent: all versions. */
  version?: string;
  resource: string;
  behaviour: ResourceBehaviour;
  converter?: ObjectConverter;
}
