import { describe, expect, it } from "vitest";
import { normalize } from "./decode.ts";
import { applyTableDefaults } from "./defaults.ts";
import { checkRequired } from "./required.ts";
import { schemaOf } from "./testing/tables.ts";

const schema = schemaOf("core/v1", "networking/v1", "admissionregistration/v1", "apps/v1");

describe("checkRequired", () => {
  const texts = (ref: string, value: object) => {
    const type = schema.type(ref);
    return checkRequired(type, normalize(type, value).value as Record<string, unknown>).map((error) => error.text);
  };

  it("complains about required fields and enumerations", () => {
    expect(
      texts("api/networking/v1#Ingress", {
        spec: {
          rules: [
            {
              http: {
                paths: [
                  { path: "/", backend: { service: {} } },
                  { pathType: "Odd", backend: {} },
                ],
              },
            },
          ],
        },
      }),
    ).toEqual([
      "spec.rules[0].http.paths[0].backend.service.name: Required value",
      "spec.rules[0].http.paths[0].pathType: Required value",
      'spec.rules[0].http.paths[1].pathType: Unsupported value: "Odd": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ]);
  });

  it("looks into lists of enumerations, not at metadata and status", () => {
    expect(
      texts("api/admissionregistration/v1#ValidatingWebhookConfiguration", {
        metadata: { ownerReferences: [{}] },
        webhooks: [{ name: "a", sideEffects: "None", clientConfig: {}, rules: [{ operations: ["READ"] }] }],
      }),
    ).toEqual([
      'webhooks[0].rules[0].operations[0]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
    ]);
    expect(texts("api/networking/v1#Ingress", { status: { loadBalancer: { ingress: [{ ports: [{}] }] } } })).toEqual([]);
  });
});

describe("applyTableDefaults", () => {
  it("fills constants where their parent is", () => {
    const service = { spec: { ports: [{ port: 80 }, { port: 53, protocol: "UDP" }] } };
    applyTableDefaults(schema.type("api/core/v1#Service"), service);
    expect(service).toEqual({
      spec: {
        ports: [
          { port: 80, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
    });

    const deployment = { spec: { template: { spec: { volumes: [{ name: "a", rbd: {} }], containers: [{ ports: [{}] }, {}] } } } };
    applyTableDefaults(schema.type("api/apps/v1#Deployment"), deployment);
    expect(deployment.spec.template.spec).toEqual({
      volumes: [{ name: "a", rbd: { keyring: "/etc/ceph/keyring", pool: "rbd", user: "admin" } }],
      containers: [{ ports: [{ protocol: "TCP" }] }, {}],
    });
  });

  it("keeps what is there", () => {
    const controller = { spec: { replicas: 0 } };
    applyTableDefaults(schema.type("api/core/v1#ReplicationController"), controller);
    expect(controller).toEqual({ spec: { replicas: 0 } });
  });
});
