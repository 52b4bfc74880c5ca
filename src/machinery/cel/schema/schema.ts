/** What expressions need to know of a structural schema; the schema of a custom resource definition fits. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

/** One of `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export function itemsOf(schema: Schema): Schema | undefined {
  return Array.isArray(schema.items) ? undefined : (schema.items as Schema | undefined);
}

export function valuesOf(schema: Schema): Schema | undefined {
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** Undefined also of names that only JavaScript knows. */
export function propertyOf(schema: Schema, name: string): Schema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

const text: Schema = { type: "string" };
const resourceProperties: Readonly<Record<string, Schema>> = {
  apiVersion: text,
  kind: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
};

/** The schema of a resource with what every resource has. */
export function withResourceFields(schema: Schema): Schema {
  const { apiVersion, kind, metadata } = schema.properties ?? {};
  const { name, generateName } = metadata?.properties ?? {};
  const isComplete =
    apiVersion?.type === "string" &&
    kind?.type === "string" &&
    metadata?.type === "object" &&
    name?.type === "string" &&
    generateName?.type === "string";
  return isComplete ? schema : { ...schema, properties: { ...schema.properties, ...resourceProperties } };
}
