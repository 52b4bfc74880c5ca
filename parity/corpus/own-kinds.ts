import { CustomKind } from "../custom-kinds.ts";
import { asTable } from "../damages.ts";
import { applied, edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** People who define kinds of their own and use them: from the first object to the last change of the definition. */
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const string = { type: "string" };
const integer = { type: "integer" };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const list = (items: object, more: object = {}) => ({ type: "array", items, ...more });
const rules = (...all: (string | object)[]) => ({
  "x-kubernetes-validations": all.map((rule) => (typeof rule === "string" ? { rule } : rule)),
});

const backups = new CustomKind({ plural: "backups", kind: "Backup", names: { shortNames: ["bk"], categories: ["all", "storage"] } });
const databases = new CustomKind({ plural: "databases", kind: "Database", names: { singular: "database", listKind: "DatabaseList" } });
const tenants = new CustomKind({ plural: "tenants", kind: "Tenant", scope: "Cluster" });
const widgets = new CustomKind({ plural: "widgets", kind: "Widget" });
const queues = new CustomKind({ plural: "queues", kind: "Queue" });

const backupSchema = object({
  spec: object(
    {
      schedule: { type: "string", pattern: "^(\\S+\\s+){4}\\S+$" },
      retention: { type: "integer", minimum: 1, maximum: 365, default: 30 },
      target: object(
        { bucket: { type: "string", minLength: 3, maxLength: 63 }, region: { type: "string", enum: ["eu", "us", "ap"] } },
        {
          required: ["bucket"],
        },
      ),
      paused: { type: "boolean", default: false },
      excludes: list(string, { "x-kubernetes-list-type": "set", maxItems: 4 }),
    },
    { required: ["schedule", "target"] },
  ),
  status: object({
    phase: string,
    lastRun: { type: "string", format: "date-time" },
    conditions: list(
      object(
        { type: string, status: { type: "string", enum: ["True", "False", "Unknown"] }, reason: string, message: string },
        {
          required: ["type", "status"],
        },
      ),
      { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
    ),
  }),
});
const backupColumns = [
  { name: "Schedule", type: "string", jsonPath: ".spec.schedule" },
  { name: "Keep", type: "integer", jsonPath: ".spec.retention", priority: 1 },
  { name: "Paused", type: "boolean", jsonPath: ".spec.paused" },
  { name: "Last", type: "date", jsonPath: ".status.lastRun" },
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];
const backup = (name: string, spec: object = {}, more: object = {}) =>
  backups.object(name, { spec: { schedule: "0 3 * * *", target: { bucket: "nightly" }, ...spec }, ...more });
const backupVersion = { schema: backupSchema, more: { subresources: { status: {} }, additionalPrinterColumns: backupColumns } };

const databaseSchema = object({
  spec: object(
    {
      engine: { type: "string", enum: ["postgres", "mysql"], maxLength: 20 },
      version: string,
      replicas: { type: "integer", minimum: 0, default: 1 },
      storage: { "x-kubernetes-int-or-string": true, pattern: "^[0-9]+(Gi|Mi)?$" },
      users: list(
        object(
          {
            name: { type: "string", maxLength: 20 },
            roles: list(string, { "x-kubernetes-list-type": "set" }),
            quota: { type: "number", exclusiveMinimum: true, minimum: 0 },
          },
          {
            required: ["name"],
          },
        ),
        { maxItems: 10, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
      ),
      parameters: { type: "object", additionalProperties: string, maxProperties: 3 },
    },
    {
      required: ["engine"],
      ...rules(
        { rule: "self.engine == oldSelf.engine", message: "the engine may not change" },
        {
          rule: "!has(self.users) || self.users.all(u, u.name != 'root')",
          messageExpression: "'no root among ' + string(size(self.users))",
          reason: "FieldValueForbidden",
          fieldPath: ".users",
        },
        { rule: "self.engine != 'mysql' || self.replicas <= 3", message: "mysql has 3 replicas at most", reason: "FieldValueInvalid" },
      ),
    },
  ),
  status: object({ replicas: integer, selector: string, endpoint: string }),
});
const databaseVersion = {
  schema: databaseSchema,
  more: {
    subresources: {
      status: {},
      scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" },
    },
    selectableFields: [{ jsonPath: ".spec.engine" }, { jsonPath: ".spec.replicas" }],
  },
};
const database = (name: string, spec: object = {}) => databases.object(name, { spec: { engine: "postgres", ...spec } });

/** The hash is of the group's name, another one each time. */
const unhashed = {
  pick: (body: unknown) => (body as { resources?: object[] }).resources?.map((one) => ({ ...one, storageVersionHash: undefined })) ?? body,
};
const told = {
  pick: (body: unknown) => (body as { message?: string; kind?: string }).message ?? (body as { kind?: string })?.kind ?? body,
};

const dates = [
  "null",
  "",
  "0001-01-01T00:00:00Z",
  "2020-01-01",
  "2020-01-01T00:00:00",
  "2020-01-01 00:00:00Z",
  "2999-01-01T00:00:00Z",
  "Mon, 02 Jan 2006",
  "2020",
  "null ",
];

const sequences: Sequence[] = [
  life(
    "a backup operator's first day",
    ...backups.defined([backupVersion]),
    create(backups.path(), backup("nightly")),
    create(backups.path(), backup("nightly")),
    create(backups.path(), backup("weekly", { schedule: "weekly" })),
    create(backups.path(), backup("weekly", { schedule: "0 3 * * 0", target: { region: "mars" } })),
    create(backups.path(), backup("weekly", { schedule: "0 3 * * 0", retention: 0 })),
    create(backups.path(), backup("weekly", { retention: "30" })),
    create(backups.path(), backup("weekly", { retention: 30.5 })),
    create(backups.path(), backup("weekly", { retention: 30.0, excludes: ["a", "a", "b", "c", "d", "e"] })),
    create(backups.path(), backup("weekly", { excludes: ["tmp", "cache"] }, { status: { phase: "Done" } })),
    table(backups.path()),
    merge(`${backups.path()}/weekly/status`, {
      status: { phase: "Done", lastRun: "2024-05-01T00:00:00Z", conditions: [{ type: "Ready", status: "True" }] },
    }),
    merge(`${backups.path()}/weekly/status`, { spec: { paused: true }, status: { lastRun: "yesterday" } }),
    merge(`${backups.path()}/weekly/status`, {
      spec: { paused: true },
      metadata: { labels: { a: "b" }, annotations: { c: "d" } },
      status: { phase: "Again" },
    }),
    table(backups.path()),
    table(`${backups.path()}/weekly`),
    get(`${backups.path()}/weekly/status`),
    json(`${backups.path()}/weekly/status`, [{ op: "add", path: "/status/conditions/-", value: { type: "Ready", status: "False" } }]),
    json(`${backups.path()}/weekly/status`, [{ op: "add", path: "/status/conditions/-", value: { type: "Synced" } }]),
    json(`${backups.path()}/weekly/status`, [{ op: "add", path: "/status/conditions/-", value: { type: "Synced", status: "maybe" } }]),
    put(`${backups.path()}/weekly/status`, backup("weekly", { retention: 7 }, { status: { phase: "Set" } })),
    edit(`${backups.path()}/weekly`, (one) => {
      one.spec.retention = 7;
      delete one.spec.paused;
      one.status = { phase: "ignored" };
    }),
    remove(`${backups.path()}/nightly`),
  ),
  life(
    "a backup's wrong types at every field",
    ...backups.defined([backupVersion]),
    create(backups.path(), backups.object("a")),
    create(backups.path(), backups.object("a", { spec: null })),
    create(backups.path(), backups.object("a", { spec: [] })),
    create(backups.path(), backups.object("a", { spec: "x" })),
    create(backups.path(), backups.object("a", { spec: {} })),
    create(backups.path(), backup("a", { target: null })),
    create(backups.path(), backup("a", { target: {} })),
    create(backups.path(), backup("a", { target: { bucket: "ab" } })),
    create(backups.path(), backup("a", { target: { bucket: "x".repeat(64) } })),
    create(backups.path(), backup("a", { excludes: "a" })),
    create(backups.path(), backup("a", { excludes: [1, null, {}] })),
    create(backups.path(), backup("a", { excludes: {} })),
    create(backups.path(), backup("a", { paused: "true" })),
    create(backups.path(), backup("a", { retention: 1e3 })),
    create(backups.path(), backup("a", { retention: -1 })),
    create(backups.path(), backup("a", { target: [] })),
    create(backups.path(), backup("a", { retention: null, paused: null, excludes: null })),
    create(backups.path(), backups.object("b", { spec: backup("b"), status: [] })),
    create(backups.path(), { ...backup("b"), metadata: null }),
    create(backups.path(), { ...backup("b"), metadata: { name: "b", labels: { a: 1 } } }),
    create(backups.path(), { ...backup("b"), kind: "Restore" }),
    create(backups.path(), { ...backup("b"), apiVersion: "v1" }),
  ),
  life(
    "databases: rules, users and scales",
    ...databases.defined([databaseVersion]),
    create(
      databases.path(),
      database("orders", { users: [{ name: "app", roles: ["rw"], quota: 1.5 }], storage: "10Gi", parameters: { a: "1" } }),
    ),
    create(databases.path(), database("bad", { users: [{ name: "root" }, { name: "app" }, { name: "app" }] })),
    create(databases.path(), database("bad", { engine: "mysql", replicas: 5, users: [{ name: "root" }] })),
    create(
      databases.path(),
      database("bad", { engine: "oracle", replicas: -1, storage: "ten", parameters: { a: "", b: "", c: "", d: "" } }),
    ),
    create(
      databases.path(),
      database("bad", {
        users: [
          { roles: ["a", "a"], quota: 0 },
          { name: "b", quota: "1" },
        ],
      }),
    ),
    create(databases.path(), database("bad", { storage: 1.5 })),
    create(databases.path(), database("mini", { storage: 10, engine: "mysql" })),
    get(`${databases.path()}/orders/scale`),
    merge(`${databases.path()}/orders/scale`, { spec: { replicas: 4 } }),
    merge(`${databases.path()}/orders/scale`, { spec: { replicas: -4 } }),
    merge(`${databases.path()}/mini/scale`, { spec: { replicas: 4 } }),
    merge(`${databases.path()}/mini/scale`, { spec: { replicas: "2" } }),
    merge(`${databases.path()}/mini/scale`, { spec: null }),
    merge(`${databases.path()}/orders`, { spec: { engine: "mysql" } }),
    merge(`${databases.path()}/orders/status`, { status: { replicas: 4, selector: "app=orders", endpoint: "x:1" } }),
    get(`${databases.path()}/orders/scale`),
    get(`${databases.path()}?fieldSelector=spec.engine%3Dmysql`),
    get(`${databases.path()}?fieldSelector=spec.replicas%3D4`),
    get(`${databases.path()}?fieldSelector=spec.storage%3D10`),
    get(`${databases.path()}?fieldSelector=spec.engine!%3Dmysql,metadata.namespace%3D{ns}`),
    put(`${databases.path()}/orders/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "orders" },
      spec: { replicas: 2 },
    }),
    put(`${databases.path()}/orders/scale`, { metadata: { name: "orders" }, spec: {} }),
    put(`${databases.path()}/orders/scale`, { metadata: { name: "other" }, spec: { replicas: 1 } }),
    put(`${databases.path()}/orders/scale`, { metadata: { name: "orders", resourceVersion: "1" }, spec: { replicas: 1 } }),
    put(`${databases.path()}/none/scale`, { metadata: { name: "none" }, spec: { replicas: 1 } }),
    remove(`${databases.path()}/orders/scale`),
    create(`${databases.path()}/orders/scale`, { spec: { replicas: 1 } }),
    remove(`${databases.path()}?fieldSelector=spec.engine%3Dmysql`),
    get(databases.path(), {
      pick: (body) => (body as { items?: { metadata: { name: string } }[] }).items?.map(({ metadata }) => metadata.name) ?? null,
    }),
  ),
  life(
    "databases: users owned by two teams",
    ...databases.defined([databaseVersion]),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: app, roles: [r, w]}]}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: bi, roles: [r]}], parameters: {x: "1"}}\n`,
      "team-b",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: app, roles: [x], quota: 2}]}\n`,
      "team-b",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {users: [{name: app, quota: 2}]}\n`,
      "team-b",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: app, quota: 3}]}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: app, quota: 3}]}\n`,
      "team-a",
      "&force=true",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: mysql}\n`,
      "team-a",
      "&force=true",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: root}]}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{roles: [x]}]}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, users: [{name: u}, {name: u}]}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, unknown: 1}\n`,
      "team-a",
      "&fieldValidation=Strict",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres, unknown: 1}\n`,
      "team-a",
      "&dryRun=All",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres}\n`,
      "team-a",
    ),
    applied(
      `${databases.path()}/shared`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nspec: {engine: postgres}\n`,
      "team-b",
    ),
    applied(`${databases.path()}/shared`, `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\n`, "team-a"),
    applied(
      `${databases.path()}/shared/status`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nstatus: {replicas: 2}\n`,
      "controller",
    ),
    merge(`${databases.path()}/shared/status`, { status: { replicas: 3 } }),
    applied(
      `${databases.path()}/shared/status`,
      `apiVersion: ${databases.group}/v1\nkind: Database\nmetadata: {name: shared}\nstatus: {replicas: 2}\n`,
      "controller",
    ),
    applied(`${databases.path()}/shared`, `apiVersion: ${databases.group}/v2\nkind: Database\nmetadata: {name: shared}\n`, "team-a"),
    applied(`${databases.path()}/shared`, `apiVersion: ${databases.group}/v1\nkind: Databases\nmetadata: {name: shared}\n`, "team-a"),
    strategic(`${databases.path()}/shared`, { spec: { replicas: 2 } }),
  ),
  life(
    "tenants: a cluster-scoped kind",
    ...tenants.defined([
      { schema: object({ spec: object({ owner: string, members: { type: "object", additionalProperties: integer } }) }) },
    ]),
    create(tenants.path(), tenants.object("blue-{u}", { spec: { owner: "ann", members: { a: 1 } } })),
    create(tenants.path(), { ...tenants.object("green-{u}"), metadata: { name: "green-{u}", namespace: "{ns}" } }),
    create(tenants.path(), tenants.object("Green_{u}")),
    create(tenants.path(), { ...tenants.object("x"), metadata: { generateName: "auto-" } }),
    get(`/apis/${tenants.group}/v1/namespaces/{ns}/tenants`),
    get(`/apis/${tenants.group}/v1/tenants/blue-{u}/status`),
    get(`/apis/${tenants.group}/v1/tenants/blue-{u}/scale`),
    get(`/apis/${tenants.group}/v1/tenants/none-{u}`),
    get(`/apis/${tenants.group}/v2/tenants`),
    get(`/apis/${tenants.group}/v1/landlords`),
    get(`/apis/${tenants.group}`),
    get(`/apis/${tenants.group}/v1`, unhashed),
    merge(`${tenants.path()}/blue-{u}`, { spec: { members: { a: null, b: 2 } } }),
    merge(`${tenants.path()}/blue-{u}`, { spec: { members: { b: "two" } } }),
    merge(`${tenants.path()}/blue-{u}`, { metadata: { name: "red" } }),
    merge(`${tenants.path()}/blue-{u}`, { metadata: { finalizers: ["example.org/hold"] } }),
    remove(`${tenants.path()}/blue-{u}`),
    get(`${tenants.path()}/blue-{u}`),
    merge(`${tenants.path()}/blue-{u}`, { metadata: { finalizers: ["example.org/hold", "example.org/more"] } }),
    merge(`${tenants.path()}/blue-{u}`, { metadata: { finalizers: [] } }),
    get(`${tenants.path()}/blue-{u}`),
    put(`${tenants.path()}/blue-{u}`, tenants.object("blue-{u}")),
  ),
  life(
    "definitions that don't hold water",
    ...(
      [
        { schema: { type: "string" } },
        { schema: object({ spec: {} }) },
        { schema: object({ spec: { type: "array" } }) },
        { schema: object({ spec: { type: "array", items: [{ type: "string" }] } }) },
        { schema: object({ spec: { type: "integer", default: "x" } }) },
        { schema: object({ spec: { type: "string", default: null } }) },
        { schema: object({ spec: { type: "string", enum: ["a", 1, null] } }) },
        { schema: object({ spec: { type: "string", pattern: "(" } }) },
        { schema: object({ spec: { type: "string", format: "fancy" } }) },
        { schema: object({ spec: { type: "thing" } }) },
        { schema: object({ spec: { $ref: "#/x" } }) },
        { schema: object({ spec: { oneOf: [{ type: "string" }, { type: "integer" }] } }) },
        { schema: object({ spec: object({ a: string }, { additionalProperties: string }) }) },
        { schema: object({ spec: object({ a: string }, { additionalProperties: false }) }) },
        { schema: object({ spec: list(object({ a: string }), { "x-kubernetes-list-type": "map" }) }) },
        { schema: object({ spec: list(object({ a: string }), { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] }) }) },
        { schema: object({ spec: list(string, { "x-kubernetes-list-type": "sorted" }) }) },
        { schema: object({ spec: list(object({}), { "x-kubernetes-list-type": "set" }) }) },
        { schema: object({ spec: { type: "string", "x-kubernetes-map-type": "atomic" } }) },
        { schema: object({ spec: { type: "string", "x-kubernetes-int-or-string": true } }) },
        { schema: object({ spec: { type: "string", nullable: true, default: null } }) },
        { schema: object({ metadata: object({ labels: object({}) }) }) },
        { schema: object({ metadata: object({ name: { type: "string", maxLength: 5 } }) }) },
        { schema: object({ apiVersion: integer, kind: { type: "string", pattern: "x" } }) },
        { schema: object({ spec: { type: "object", "x-kubernetes-embedded-resource": true } }) },
        { schema: object({ spec: { type: "string", minLength: -1, maxLength: 2 } }) },
        { schema: object({ spec: { type: "integer", multipleOf: 0 } }) },
        { schema: object({ spec: { type: "array", items: string, uniqueItems: true } }) },
        {
          schema: object(
            { spec: string },
            { required: ["spec"], description: "x", title: "y", example: { a: 1 }, externalDocs: { url: "z" } },
          ),
        },
      ] as const
    ).map((version) => create(`${definitions}?dryRun=All`, widgets.definition([version]))),
  ),
  life(
    "definitions with strange rules",
    ...(
      [
        rules("self.a"),
        rules("self.a == 'x'", "self.b == 'x'"),
        rules(""),
        rules({ rule: "true", message: "" }),
        rules({ rule: "true", message: "a\nb" }),
        rules({ rule: "true", message: " " }),
        rules({ rule: "true", messageExpression: "1" }),
        rules({ rule: "true", messageExpression: "'a' +" }),
        rules({ rule: "true", reason: "Because" }),
        rules({ rule: "true", fieldPath: ".none" }),
        rules({ rule: "true", fieldPath: "a" }),
        rules({ rule: "true", fieldPath: ".a" }),
        rules({ rule: "oldSelf.a == self.a", optionalOldSelf: true }),
        rules({ rule: "self.a == 'x'", optionalOldSelf: true }),
        rules("self.a.matches('(')"),
        rules("self.a.startsWith(1)"),
        rules("self.l.all(x, self.l.all(y, self.l.all(z, x == y && y == z)))"),
        rules("self.metadata.name == 'x'"),
        rules("now() > self.t"),
        rules("quantity(self.a).isLessThan(quantity('1'))"),
        rules("cel.bind(x, self.a, x == 'y')"),
        rules("self.a.find('[0-9]+') == '1' && isURL(self.a) && ip(self.a).family() == 4"),
        rules("self == oldSelf"),
        rules("has(self.a) ? self.a == 'x'"),
        rules("variables.x == 1"),
        rules("object.spec.a == 'x'"),
      ] as const
    ).map((more) =>
      create(
        `${definitions}?dryRun=All`,
        widgets.definition([
          { schema: object({ spec: object({ a: string, l: list(string), t: { type: "string", format: "date-time" } }, more) }) },
        ]),
        { pick: (body) => (body as { message?: string }).message ?? "taken" },
      ),
    ),
  ),
  life(
    "names of definitions that don't fit",
    ...(
      [
        { names: { plural: "Widgets", kind: "Widget" } },
        { names: { plural: "widgets", kind: "widget" } },
        { names: { plural: "widgets", kind: "Widget", singular: "Widget" } },
        { names: { plural: "widgets", kind: "Widget", shortNames: ["W", "w_1", "", "w"] } },
        { names: { plural: "widgets", kind: "Widget", categories: ["All things", "ok"] } },
        { names: { plural: "widgets", kind: "Widget", listKind: "Widget" } },
        { names: { plural: "widgets", kind: "Widget", listKind: "widgetList" } },
        { names: { plural: "gadgets", kind: "Gadget" } },
        { names: { plural: "", kind: "" } },
        { names: {} },
        { scope: "Global" },
        { scope: "" },
        { group: "example" },
        { group: "Widgets-{u}.example.org" },
        { group: "" },
        { group: "widgets.k8s.io" },
        { versions: [] },
        { versions: null },
        { versions: [{ name: "v1", served: true, storage: false, schema: { openAPIV3Schema: { type: "object" } } }] },
        { versions: [{ name: "v1", served: true, storage: true }] },
        { versions: [{ name: "V1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }] },
        { versions: [{ name: "v1", served: true, storage: true, schema: {} }] },
        {
          versions: ["v1", "v1"].map((name) => ({ name, served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } })),
        },
        { preserveUnknownFields: true },
        { conversion: { strategy: "Webhook" } },
        { conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v2"], clientConfig: { url: "http://x" } } } },
        { conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: [], clientConfig: { service: { name: "" } } } } },
        { conversion: { strategy: "None", webhook: { conversionReviewVersions: ["v1"] } } },
        { conversion: { strategy: "Magic" } },
        { conversion: {} },
      ] as const
    ).map((more) => create(`${definitions}?dryRun=All`, widgets.definition([{}], more))),
  ),
  life(
    "columns, scales and selectable fields that don't fit",
    ...(
      [
        { additionalPrinterColumns: [{ name: "", type: "string", jsonPath: ".a" }] },
        { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: ".a" }] },
        { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "a" }] },
        { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".a[" }] },
        { additionalPrinterColumns: [{ name: "A", type: "integer", format: "int128", jsonPath: ".a" }] },
        { additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "" }] },
        {
          additionalPrinterColumns: [
            { name: "A", type: "string", jsonPath: ".a" },
            { name: "A", type: "string", jsonPath: ".b" },
          ],
        },
        { additionalPrinterColumns: [] },
        { subresources: { scale: {} } },
        { subresources: { scale: { specReplicasPath: "spec.replicas", statusReplicasPath: ".status.replicas" } } },
        {
          subresources: { scale: { specReplicasPath: ".status.replicas", statusReplicasPath: ".spec.replicas", labelSelectorPath: ".x" } },
        },
        { subresources: { scale: { specReplicasPath: ".spec.l[0]", statusReplicasPath: ".status", labelSelectorPath: ".status.a.b" } } },
        { subresources: {} },
        { subresources: { status: null } },
        { selectableFields: [{ jsonPath: ".spec.a" }, { jsonPath: ".spec.a" }] },
        { selectableFields: [{ jsonPath: "spec.a" }] },
        { selectableFields: [{ jsonPath: ".spec.none" }] },
        { selectableFields: [{ jsonPath: ".spec.l" }] },
        { selectableFields: [{ jsonPath: ".metadata.name" }] },
        { selectableFields: [{ jsonPath: ".spec.l[0]" }] },
        { selectableFields: [{ jsonPath: "" }] },
        { selectableFields: Array.from({ length: 9 }, (_, index) => ({ jsonPath: `.spec.f${index}` })) },
        { deprecated: true, deprecationWarning: "" },
        { deprecated: true, deprecationWarning: "two\nlines" },
        { deprecated: false, deprecationWarning: "x" },
        { deprecated: true, deprecationWarning: "x".repeat(257) },
      ] as const
    ).map((more) =>
      create(
        `${definitions}?dryRun=All`,
        widgets.definition([
          {
            schema: object({
              spec: object({
                a: string,
                l: list(string),
                replicas: integer,
                ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, string])),
              }),
              status: object({ replicas: integer }),
            }),
            more,
          },
        ]),
      ),
    ),
  ),
  life(
    "a definition that grows a version and loses it",
    ...queues.defined([{ name: "v1alpha1", schema: object({ spec: object({ size: integer }) }) }]),
    create(queues.path("v1alpha1"), queues.object("q", { spec: { size: 3 } }, "v1alpha1")),
    (answers) =>
      put(
        queues.own,
        {
          ...(queues.definition([
            { name: "v1", schema: object({ spec: object({ size: integer, name: string }) }) },
            { name: "v1alpha1", schema: object({ spec: object({ size: integer }) }), more: { deprecated: true } },
          ]) as object),
          metadata: { name: answers[1]?.body.metadata.name, resourceVersion: answers[1]?.body.metadata.resourceVersion },
        },
        { pick: () => "" },
      ),
    get(`/apis/${queues.group}`, { until: ({ body }) => body.versions?.length === 2 }),
    queues.served("v1"),
    get(`${queues.path()}/q`),
    get(`${queues.path("v1alpha1")}/q`),
    get(queues.path("v1alpha1")),
    create(queues.path("v1alpha1"), queues.object("r", { spec: { size: 3, name: "x" } }, "v1alpha1")),
    create(queues.path(), queues.object("s", { spec: { size: 3, name: "x" } })),
    create(queues.path(), queues.object("t", { spec: { size: 3 } }, "v1alpha1")),
    merge(`${queues.path("v1alpha1")}/s`, { spec: { size: 4 } }),
    get(`${queues.path()}/s`),
    patch("merge", `${queues.path("v1alpha1")}/s?fieldManager=x&fieldValidation=Strict`, { spec: { name: "y" } }),
    get(queues.own, { pick: (body) => (body as { status: { storedVersions: string[] } }).status.storedVersions }),
    json(queues.own, [{ op: "remove", path: "/spec/versions/1" }]),
    merge(`${queues.own}/status`, { status: { storedVersions: ["v1", "v2"] } }),
    merge(`${queues.own}/status`, { status: { storedVersions: [] } }),
    merge(`${queues.own}/status`, { status: { storedVersions: ["v1"] } }),
    json(queues.own, [{ op: "replace", path: "/spec/versions/1/served", value: false }]),
    get(queues.path("v1alpha1"), { until: ({ status }) => status === 404 }),
    json(queues.own, [{ op: "replace", path: "/spec/versions/0/storage", value: false }]),
    json(queues.own, [{ op: "replace", path: "/spec/versions/1/storage", value: true }]),
    json(queues.own, [{ op: "replace", path: "/spec/scope", value: "Cluster" }]),
    json(queues.own, [{ op: "replace", path: "/spec/group", value: "other.org" }]),
    json(queues.own, [{ op: "replace", path: "/spec/names/kind", value: "Line" }]),
    json(queues.own, [{ op: "replace", path: "/spec/names/plural", value: "lines" }]),
    json(queues.own, [{ op: "remove", path: "/spec/versions/1" }]),
  ),
  life(
    "ratchets: a schema gets stricter",
    ...widgets.defined(
      [
        {
          schema: object({
            spec: object(
              {
                a: string,
                l: list(object({ n: string, v: integer }), { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"] }),
                m: { type: "object", additionalProperties: string },
              },
              {},
            ),
          }),
        },
      ].map(({ schema }) => ({
        schema: {
          ...schema,
          properties: {
            spec: object({
              a: string,
              l: list(object({ n: string, v: integer }, { required: ["n"] }), {
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["n"],
              }),
              m: { type: "object", additionalProperties: string },
              s: list(string),
            }),
          },
        },
      })),
    ),
    create(
      widgets.path(),
      widgets.object("old", {
        spec: {
          a: "long value",
          l: [
            { n: "x", v: 100 },
            { n: "y", v: 1 },
          ],
          m: { k: "UPPER" },
          s: ["a", "b", "c"],
        },
      }),
    ),
    (answers) =>
      put(
        widgets.own,
        {
          ...widgets.definition([
            {
              schema: object({
                spec: object(
                  {
                    a: { type: "string", maxLength: 3 },
                    l: list(object({ n: string, v: { type: "integer", maximum: 10 } }, { required: ["n"] }), {
                      "x-kubernetes-list-type": "map",
                      "x-kubernetes-list-map-keys": ["n"],
                    }),
                    m: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z]*$" } },
                    s: list({ type: "string", enum: ["z"] }, { maxItems: 2 }),
                  },
                  rules("!has(self.a) || size(self.a) < 5"),
                ),
              }),
            },
          ]),
          metadata: { name: answers[1]?.body.metadata.name, resourceVersion: answers[1]?.body.metadata.resourceVersion },
        },
        { pick: () => "" },
      ),
    create(`${widgets.path()}?dryRun=All`, widgets.object("new", { spec: { a: "abcd" } }), { until: ({ status }) => status === 422 }),
    merge(`${widgets.path()}/old`, { metadata: { labels: { a: "b" } } }),
    merge(`${widgets.path()}/old`, { spec: { b: 1 } }),
    json(`${widgets.path()}/old`, [{ op: "add", path: "/spec/l/1/v", value: 2 }]),
    json(`${widgets.path()}/old`, [{ op: "add", path: "/spec/l/1/v", value: 20 }]),
    json(`${widgets.path()}/old`, [{ op: "add", path: "/spec/l/0", value: { n: "w", v: 3 } }]),
    json(`${widgets.path()}/old`, [{ op: "add", path: "/spec/l/0", value: { n: "q", v: 30 } }]),
    merge(`${widgets.path()}/old`, { spec: { m: { other: "lower" } } }),
    merge(`${widgets.path()}/old`, { spec: { m: { more: "UPPER" } } }),
    json(`${widgets.path()}/old`, [{ op: "replace", path: "/spec/s/0", value: "z" }]),
    json(`${widgets.path()}/old`, [{ op: "remove", path: "/spec/s/0" }]),
    merge(`${widgets.path()}/old`, { spec: { s: ["z", "z"] } }),
    merge(`${widgets.path()}/old`, { spec: { a: "longer value" } }),
    merge(`${widgets.path()}/old`, { spec: { a: "ok" } }),
    merge(`${widgets.path()}/old`, { spec: { a: "long value" } }),
  ),
  life(
    "tables of every column type",
    ...widgets.defined([
      {
        more: {
          additionalPrinterColumns: [
            { name: "S", type: "string", jsonPath: ".spec.s" },
            { name: "I", type: "integer", format: "int64", jsonPath: ".spec.i" },
            { name: "N", type: "number", format: "double", jsonPath: ".spec.n" },
            { name: "B", type: "boolean", jsonPath: ".spec.b" },
            { name: "D", type: "date", jsonPath: ".spec.d", description: "when" },
            { name: "L", type: "string", jsonPath: ".spec.l[*].n" },
            { name: "O", type: "string", jsonPath: ".spec.o" },
            { name: "Label", type: "string", jsonPath: ".metadata.labels.app\\.kubernetes\\.io/name" },
          ],
        },
      },
    ]),
    ...[
      { s: "x", i: 1, n: 1.5, b: true, d: "2020-01-01T00:00:00Z", l: [{ n: "a" }, { n: "b" }], o: { k: "v", a: [1] } },
      { s: 1, i: "1", n: "1.5", b: "true", d: "never", l: [], o: [] },
      { s: null, i: null, n: null, b: null, d: null, l: null, o: null },
      { s: true, i: 1.7, n: 3, b: 0, d: 5, l: [{ n: 1 }, { n: null }, {}], o: "text" },
      { s: ["a", "b"], i: [1, 2], n: {}, b: [], d: [], l: { n: 1 }, o: 1e21 },
      { s: "", i: -5, n: -0.25, b: false, d: "", l: [{ n: { x: 1 } }], o: 12345678 },
      {},
    ].map((spec, index) =>
      create(
        widgets.path(),
        widgets.object(`w${index}`, { spec, metadata: { name: `w${index}`, labels: { "app.kubernetes.io/name": `n${index}` } } }),
        { pick: () => "" },
      ),
    ),
    table(widgets.path()),
    table(`${widgets.path()}/w1`),
    table(`${widgets.path()}?limit=2`),
    get(`${widgets.path()}?includeObject=Object&limit=1`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    get(`${widgets.path()}?includeObject=None&limit=1`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    get(`${widgets.path()}/w0?includeObject=Bogus`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    create(widgets.path(), widgets.object("w9", { spec: { s: "new" } }), asTable),
    remove(`${widgets.path()}/w9`, undefined, asTable),
    get(`${widgets.path()}/w0`, { headers: { accept: "application/yaml" } }),
    get(`${widgets.path()}/w0`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    get(`${widgets.path()}/w0`, { headers: { accept: "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } }),
    get(`${widgets.path()}/w0`, { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } }),
    get(`${widgets.path()}/w0`, { headers: { accept: "application/cbor" } }),
    get(`${widgets.path()}`, {
      headers: { accept: "application/vnd.kubernetes.protobuf,application/json" },
      pick: (body) => (body as { kind: string }).kind,
    }),
    create(widgets.path(), undefined, {
      raw: `apiVersion: ${widgets.group}/v1\nkind: Widget\nmetadata:\n  name: yam\nspec:\n  when: 2001-01-01\n  on: yes\n  oct: 0o17\n  big: 1_000\n  f: .5\n  n: ~\n`,
      headers: { "content-type": "application/yaml" },
    }),
  ),
  life(
    "every method at the doors of a custom kind",
    ...widgets.defined([
      { more: { subresources: { status: {}, scale: { specReplicasPath: ".spec.r", statusReplicasPath: ".status.r" } } } },
    ]),
    create(widgets.path(), widgets.object("x", { spec: { r: 1 } })),
    ...["POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE"].flatMap((method) =>
      [
        `/apis/${widgets.group}`,
        `/apis/${widgets.group}/v1`,
        `/apis/${widgets.group}/v1/`,
        `/apis/${widgets.group}/v9`,
        `/apis/${widgets.group}/v1/widgets`,
        widgets.path(),
        `${widgets.path()}/x/status`,
        `${widgets.path()}/x/scale`,
        `${widgets.path()}/x/log`,
        `${widgets.path()}/x`,
      ].map((path) => ({ method, path, ...told })),
    ),
    put(widgets.path(), widgets.object("x")),
    patch("merge", widgets.path(), {}),
    patch("strategic", widgets.path(), {}),
    create(`${widgets.path()}/y`, widgets.object("x")),
    create(`${widgets.path()}/y`, widgets.object("z")),
    create(`${widgets.path()}/z/status`, widgets.object("z")),
    ...["status", "scale", "status/more", "log", ""].map((rest) => get(`${widgets.path()}/x/${rest}`, told)),
    get(`/apis/${widgets.group}/v1/namespaces/{ns}/`),
    get(`/apis/${widgets.group}/v1/namespaces`),
    get(`/apis/${widgets.group}/v1/widgets/x`),
    { watch: `/apis/${widgets.group}/v1/watch/widgets?timeoutSeconds=1` },
  ),
  life(
    "forms that a custom kind's doors take",
    ...widgets.defined([
      { more: { subresources: { status: {}, scale: { specReplicasPath: ".spec.r", statusReplicasPath: ".status.r" } } } },
    ]),
    create(widgets.path(), widgets.object("x", { spec: { r: 1 } })),
    ...[
      "text/html",
      "application/vnd.kubernetes.protobuf",
      "application/*",
      "application/yaml",
      "application/json;as=Foo;g=meta.k8s.io;v=v1",
    ].flatMap((accept) =>
      [
        widgets.path(),
        `${widgets.path()}/x`,
        `${widgets.path()}/none`,
        `${widgets.path()}/x/scale`,
        `${widgets.path()}/x/status`,
        `${widgets.path()}?watch=1&timeoutSeconds=1&resourceVersion=0`,
        `/apis/${widgets.group}`,
      ].map((path) => get(path, { headers: { accept }, ...told })),
    ),
    create(widgets.path(), widgets.object("y"), { headers: { accept: "text/html" } }),
    create(widgets.path(), widgets.object("y"), { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    create(widgets.path(), widgets.object("y"), { headers: { accept: "application/*" } }),
    remove(`${widgets.path()}/y`, undefined, { headers: { accept: "text/html" } }),
    get(`/apis/${widgets.group}/v1`, { headers: { accept: "text/html" } }),
    get(`/apis/${widgets.group}/v1`, { headers: { accept: "application/yaml" }, ...unhashed }),
    get(`/apis/${widgets.group}/v1`, { headers: { "content-type": "text/html" }, ...unhashed }),
    ...["application/yaml,application/json", "text/html,application/yaml", "application/json;stream=foo,application/yaml"].flatMap(
      (accept) =>
        ["/api/v1/namespaces/{ns}/configmaps", widgets.path()].map((path) =>
          get(`${path}?watch=1&timeoutSeconds=1&resourceVersion=0`, { headers: { accept }, ...told }),
        ),
    ),
  ),
  life(
    "dates in columns",
    ...widgets.defined([
      {
        more: { additionalPrinterColumns: dates.map((_date, index) => ({ name: `D${index}`, type: "date", jsonPath: `.spec.d${index}` })) },
      },
    ]),
    create(widgets.path(), widgets.object("x", { spec: Object.fromEntries(dates.map((date, index) => [`d${index}`, date])) })),
    table(widgets.path()),
  ),
  life(
    "lists and collections of a custom kind",
    ...queues.defined([{ more: { selectableFields: [] } }]),
    ...["a", "b", "c", "d"].map((name, index) =>
      create(
        queues.path(),
        queues.object(name, { metadata: { name, labels: { n: String(index), tier: index % 2 ? "odd" : "even" } }, spec: { index } }),
        { pick: () => "" },
      ),
    ),
    get(`${queues.path()}?labelSelector=tier%3Dodd`),
    get(`${queues.path()}?labelSelector=n+in+(0,3),tier!%3Dodd`),
    get(`${queues.path()}?labelSelector=n+in+()`),
    get(`${queues.path()}?labelSelector=%3D`),
    get(`${queues.path()}?fieldSelector=spec.index%3D1`),
    get(`${queues.path()}?fieldSelector=metadata.name%3Db`),
    get(`${queues.path()}?fieldSelector=metadata.name%3Db,metadata.namespace!%3D{ns}`),
    get(`${queues.path()}?limit=3`),
    (answers) => get(`${queues.path()}?limit=3&continue=${encodeURIComponent(answers.at(-1)?.body.metadata.continue)}`),
    get(`${queues.path()}?limit=-1`),
    get(`${queues.path()}?limit=1&resourceVersion=0`),
    get(`${queues.path()}?resourceVersionMatch=Exact`),
    get(`${queues.path()}?resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=1`),
    get(`/apis/${queues.group}/v1/queues?limit=1`),
    remove(`${queues.path()}?labelSelector=tier%3Dodd`, { propagationPolicy: "Foreground", dryRun: ["All"] }),
    remove(`${queues.path()}?labelSelector=tier%3Dodd`, { propagationPolicy: "Foreground" }),
    get(queues.path(), { pick: (body) => (body as { items: { metadata: object }[] }).items.map(({ metadata }) => metadata) }),
    remove(`/apis/${queues.group}/v1/queues`),
    remove(queues.path(), { preconditions: { uid: "x" } }),
    remove(queues.path(), { gracePeriodSeconds: 5 }),
    get(queues.path()),
  ),
];

export default sequences;
