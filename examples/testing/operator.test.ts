// An operator under test (Vitest): it makes a ConfigMap of each Greeting, and tells in its status that it has.
import { configmaps, type Connection, defineKind, type KubeObject, retryOnConflict, startReconciler } from "kybern/client";
import { startCluster } from "kybern/testing";
import "kybern/testing/vitest";
import { expect, it } from "vitest";

interface Greeting extends KubeObject {
  spec: { name: string };
  status?: { conditions?: { type: string; status: string; reason: string; message: string; lastTransitionTime: string }[] };
}
const greetings = defineKind<Greeting>({ group: "example.com", version: "v1", kind: "Greeting" });

/** The operator itself, as it runs in production with `connect()` of kybern/client. */
function startOperator(connection: Connection) {
  return startReconciler(connection, {
    name: "greeter",
    kind: greetings,
    owns: [configmaps],
    async reconcile({ namespace, name, object, client }) {
      if (!object || object.metadata.deletionTimestamp) return;
      const { uid = "" } = object.metadata;
      await client.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          namespace,
          name,
          ownerReferences: [{ apiVersion: "example.com/v1", kind: "Greeting", name, uid, controller: true }],
        },
        data: { text: `Hello, ${object.spec.name}!` },
      });
      await retryOnConflict(connection.deps, async () => {
        const current = await client.get(greetings, name, { namespace });
        if (current.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
        const now = new Date(connection.deps.clock.now()).toISOString();
        current.status = { conditions: [{ type: "Ready", status: "True", reason: "Greeted", message: "", lastTransitionTime: now }] };
        await client.updateStatus(greetings, current);
      });
    },
  });
}

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: greetings.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Greeting, plural: greetings, singular: greeting }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, required: [name], properties: { name: { type: string } } }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;
const greeting = { apiVersion: "example.com/v1", kind: "Greeting", metadata: { name: "world" }, spec: { name: "world" } };

it("greets, whatever comes in between", async () => {
  await using cluster = await startCluster({ controllers: "lifecycle" });
  await cluster.apply(definition);
  const operator = await cluster.user("operator", {
    rules: [
      { apiGroups: ["example.com"], resources: ["greetings", "greetings/status"], verbs: ["get", "list", "watch", "update"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch", "create", "patch"] },
    ],
  });
  startOperator(cluster.connection(operator));
  const conflicts = cluster.faults.conflict({ user: "operator", resource: "greetings", times: 2 });
  cluster.faults.unavailable({ user: "operator", verb: "patch", times: 1 });

  await cluster.apply(greeting);
  await cluster.until("greeting/world", "ready");
  expect((await cluster.client.get(configmaps, "world")).data).toEqual({ text: "Hello, world!" });
  expect(conflicts.hits).toBe(2);
  await expect(cluster.object("greeting/world")).toHaveCondition("Ready", "True", "Greeted");

  // Somebody takes the ConfigMap away, while the operator's watches break.
  cluster.faults.watchDrop({ user: "operator", gone: true });
  await cluster.client.delete(configmaps, "world");
  await cluster.until("configmap/world", "exists");

  // What belongs to a greeting goes with it.
  await cluster.client.delete(greetings, "world");
  await cluster.until("configmap/world", "deleted");
});
