import { expect, it } from "vitest";
import { rawTables } from "../../api/tables.ts";
import { deepCopy } from "../object.ts";
import { seededRandom } from "../random.ts";
import { CreatedFields, createdText } from "./created-fields.ts";
import { withoutFields } from "./field-filter.ts";
import { UntellableItem } from "./list-items.ts";
import { TableShapes } from "./table-shapes.ts";

const shapes = new TableShapes(rawTables);
const filter = withoutFields(["status"]);

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" }, finalizers: ["example.com/a"], creationTimestamp: null },
  spec: {
    replicas: 2,
    strategy: {},
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { creationTimestamp: null, labels: { app: "web" } },
      spec: {
        nodeSelector: { disk: "ssd" },
        tolerations: [{ key: "a", operator: "Exists" }],
        volumes: [{ name: "config", configMap: { name: "config" } }],
        containers: [
          {
            name: "web",
            image: "nginx",
            resources: {},
            args: ["-v"],
            env: [
              { name: "B", value: "1" },
              { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            ],
            ports: [{ containerPort: 80, protocol: "TCP" }, { containerPort: 53 }],
          },
        ],
      },
    },
  },
  status: {},
};

/** Changes one place of a value, chosen at random. */
function damage(value: unknown, next: () => number): void {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const name in node) {
      places.push([node as Record<string, unknown>, name]);
      walk((node as Record<string, unknown>)[name]);
    }
  };
  walk(value);
  const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;
  const [node, name] = pick(places);
  const wild = [null, "", "x", 0, 1, false, {}, [], { a: 1 }, ["a"], [{ name: "A" }, { name: "A" }], undefined];
  const way = next();
  if (way < 0.2 && Array.isArray(node)) node.splice(Number(name), 1);
  else if (way < 0.3 && Array.isArray(node)) node.push(deepCopy(pick(node)));
  else if (way < 0.4 && !Array.isArray(node)) delete node[name];
  else if (way < 0.5 && !Array.isArray(node)) node[pick(["name", "key", "extra", "protocol"])] = pick(wild);
  else if (typeof node[name] === "string" && way < 0.8) node[name] = pick(["web", "A", "B", "", "y"]);
  else node[name] = pick(wild) ?? (Array.isArray(node) ? null : undefined);
}

const creator = { manager: "m", operation: "Update" as const, apiVersion: "apps/v1", subresource: undefined };
const time = "2026-01-01T00:00:00Z";

it("are told of their creator and time, though the template is the same", () => {
  const shape = shapes.object("api/apps/v1#Deployment");
  const created = new CreatedFields();
  const creators = [creator, { ...creator, manager: "other" }, { ...creator, subresource: "status" }, creator];
  for (const at of [time, "2026-01-01T00:00:01Z", time]) {
    for (const each of creators) {
      expect(created.text(deployment, shape, filter, each, at)).toBe(createdText(deployment, shape, filter, each, at));
    }
  }
});

/** Items without a key are a problem. */
function textOrProblem(text: () => string | undefined): string | undefined {
  try {
    return text();
  } catch (error) {
    if (error instanceof UntellableItem) return error.message;
    throw error;
  }
}

it("are the same whether a template is known or not", () => {
  const { next } = seededRandom(1);
  const shape = shapes.object("api/apps/v1#Deployment");
  const created = new CreatedFields();
  for (let round = 0; round < 3000; round++) {
    const object = deepCopy(deployment);
    for (let times = Math.floor(next() * 4); times > 0; times--) damage(object, next);
    if (typeof object !== "object" || typeof object.metadata !== "object") continue;
    const own = next() < 0.5 ? filter : undefined;
    const known = textOrProblem(() => created.text(object, shape, own, creator, time));
    expect(known, `round ${round}: ${JSON.stringify(object)}`).toBe(textOrProblem(() => createdText(object, shape, own, creator, time)));
  }
});

const podSpec = { containers: [{ name: "c", image: "i" }] };

it.each([
  ["api/core/v1#Pod", podSpec],
  ["api/batch/v1#Job", { template: { metadata: {}, spec: podSpec } }],
])("tell the owner of each object of a template: %s", (type, spec) => {
  const shape = shapes.object(type);
  const created = new CreatedFields();
  const owner = { apiVersion: "batch/v1", kind: "Job", name: "j", controller: true };
  const owners = [
    ...["a-1", "a-2", "a-1", "", 'a"b', "$&"].map((uid) => [{ ...owner, uid }]),
    [owner],
    [],
    [
      { ...owner, uid: "a-1" },
      { ...owner, uid: "a-2" },
    ],
  ];
  for (const ownerReferences of [...owners, ...owners]) {
    const object = { metadata: { name: "p", ownerReferences }, spec };
    const known = created.text(object, shape, filter, creator, time);
    expect(known).toBe(createdText(object, shape, filter, creator, time));
    expect(created.text(object, shape, filter, creator, time)).toBe(known);
  }
});

it("follow the values that tell list items apart", () => {
  const shape = shapes.object("api/apps/v1#Deployment");
  const created = new CreatedFields();
  const other = deepCopy(deployment);
  (other.spec.template.spec.containers[0] as { name: string }).name = "proxy";
  const first = created.text(deployment, shape, filter, creator, time);
  expect(created.text(other, shape, filter, creator, time)).toBe(
    first?.replace('"k:{\\"name\\":\\"web\\"}"', '"k:{\\"name\\":\\"proxy\\"}"'),
  );
  expect(created.text(deepCopy(deployment), shape, filter, creator, time)).toBe(first);
});
