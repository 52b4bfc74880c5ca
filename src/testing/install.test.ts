import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defineKind } from "../client/define-kind.ts";
import type { AnyObject, KubeObject } from "../machinery/object.ts";
import { clusters } from "./fixtures/started.ts";

interface Widget extends KubeObject {
  spec: { size?: number; width?: number };
}
const widgets = defineKind<Widget>({ group: "example.com", version: "v1", kind: "Widget" });
const newWidgets = defineKind<Widget>({ group: "example.com", version: "v2", kind: "Widget" });

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, kind: Widget }
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: { service: { namespace: default, name: guard, path: /convert } }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
    - name: v2
      served: true
      storage: false
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { width: { type: integer } } } } } }
`;
const configuration = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "guard" },
  webhooks: [
    {
      name: "guard.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { service: { namespace: "default", name: "guard", path: "/admit" } },
      rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["widgets"] }],
    },
  ],
};

describe("custom kinds and webhooks that are installed from files", () => {
  const { start } = clusters();
  const directory = mkdtempSync(join(tmpdir(), "kybern-install-"));
  mkdirSync(join(directory, "webhook"));
  writeFileSync(join(directory, "widgets.yaml"), definition);
  writeFileSync(join(directory, "webhook", "guard.json"), JSON.stringify(configuration));
  writeFileSync(join(directory, "README.md"), "no manifest");
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const convert = (objects: AnyObject[], desired: string) =>
    objects.map((object) => {
      const { size, width } = (object as unknown as Widget).spec;
      const length = size ?? width;
      return { ...object, apiVersion: desired, spec: desired.endsWith("/v2") ? { width: length } : { size: length } };
    });

  it("are there at the start, and are answered by functions", async () => {
    const cluster = await start({ controllers: "none", install: directory });
    await cluster.admissionWebhook("default/guard", ({ object }) =>
      ((object as unknown as Widget).spec.size ?? 0) > 9 ? "too big" : true,
    );
    await cluster.conversionWebhook("default/guard", convert);
    await cluster.client.create(widgets, { metadata: { name: "a" }, spec: { size: 3 } });
    await expect(cluster.client.create(widgets, { metadata: { name: "b" }, spec: { size: 10 } })).rejects.toThrow(
      `admission webhook "guard.example.com" denied the request: too big`,
    );
    expect(await cluster.client.get(newWidgets, "a")).toMatchObject({ apiVersion: "example.com/v2", spec: { width: 3 } });
    const { items } = await cluster.client.list(newWidgets);
    expect(items.map(({ spec }) => spec)).toEqual([{ width: 3 }]);
    await cluster.client.patch(newWidgets, "a", { type: "application/merge-patch+json", body: { spec: { width: 4 } } });
    expect((await cluster.client.get(widgets, "a")).spec).toEqual({ size: 4 });
    // A copy has the same functions.
    const copy = cluster.fork();
    expect((await copy.client.get(newWidgets, "a")).spec).toEqual({ width: 4 });
    await copy.stop();
  });

  it("say what is wrong with them", async () => {
    const broken = join(directory, "broken.yaml");
    writeFileSync(broken, "kind: Thing\n");
    await expect(start({ controllers: "none", install: broken })).rejects.toThrow(
      `an object needs apiVersion, kind and metadata: {"kind":"Thing"}`,
    );
    rmSync(broken);
    await expect(start({ controllers: "none", install: join(directory, "none") })).rejects.toThrow("ENOENT");
    const unconverted = await start({ controllers: "none", install: [join(directory, "widgets.yaml")] });
    await unconverted.conversionWebhook("default/guard", () => {
      throw new Error("no way");
    });
    await unconverted.client.create(widgets, { metadata: { name: "a" }, spec: { size: 3 } });
    await expect(unconverted.client.get(newWidgets, "a")).rejects.toThrow(/conversion webhook for example.com\/v1, Kind=Widget failed: /);
  });
});
