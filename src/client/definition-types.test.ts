import { expect, it } from "vitest";
import type { CustomResourceDefinition, JSONSchemaProps } from "../api/apiextensions/v1.ts";
import { typesOfDefinition } from "./definition-types.ts";

const text = { type: "string" };
const schema: JSONSchemaProps = {
  type: "object",
  description: "A widget.",
  required: ["spec"],
  properties: {
    apiVersion: text,
    kind: text,
    metadata: { type: "object" },
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", description: "In metres.\n\nAt least */ one." },
        colour: { type: "string", enum: ["red", "blue"], nullable: true },
        port: { "x-kubernetes-int-or-string": true },
        "log-levels": { type: "array", items: { type: "object", additionalProperties: { type: "boolean" } } },
        template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
        rest: { "x-kubernetes-preserve-unknown-fields": true },
        values: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { ratio: { type: "number" } } },
      },
    },
    status: { type: "object" },
  },
};
const definition = (versions: CustomResourceDefinition["spec"]["versions"]): CustomResourceDefinition => ({
  metadata: { name: "widgets.example.com" },
  spec: { group: "example.com", scope: "Cluster", names: { kind: "Widget", plural: "widgets" }, versions },
});

it("prints an interface and a resource for each served version of a definition", () => {
  const printed = typesOfDefinition(
    definition([
      { name: "v1alpha1", served: false, storage: false, schema: { openAPIV3Schema: schema } },
      { name: "v1beta1", served: true, storage: false, schema: { openAPIV3Schema: { type: "object" } } },
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } },
    ]),
  );
  expect(printed).toBe(`import { defineKind, type KubeObject } from "kybern/client";

export interface WidgetV1beta1 extends KubeObject {}

export const widgetsV1beta1 = defineKind<WidgetV1beta1>({ group: "example.com", version: "v1beta1", kind: "Widget", plural: "widgets", namespaced: false });

/** A widget. */
export interface Widget extends KubeObject {
  spec: {
    /**
     * In metres.
     *
     * At least *\\/ one.
     */
    size: number;
    colour?: "red" | "blue" | null;
    port?: number | string;
    "log-levels"?: Array<Record<string, boolean>>;
    template?: KubeObject;
    rest?: unknown;
    values?: {
      ratio?: number;
      [field: string]: unknown;
    };
  };
  status?: Record<string, unknown>;
}

export const widgets = defineKind<Widget>({ group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: false });
`);
});
