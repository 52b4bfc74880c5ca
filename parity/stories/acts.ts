import { create, get, type PatchKind, patch, put, type Request, remove } from "../sequences.ts";
import { singleDamage } from "../single-damage.ts";
import type { Dice } from "./dice.ts";
import { donatedChange, donatedObject } from "./donors.ts";
import { metadataChanges } from "./kinds.ts";
import { appliesAgain, writesOwners } from "./owners.ts";
import type { StoryStep } from "./story.ts";
import type { StoryKind } from "./story-kind.ts";

type Act = (kind: StoryKind, dice: Dice) => StoryStep | readonly StoryStep[];

const names = ["a", "a", "a", "b", "c"];
const managers = ["kubectl", "controller", "helm"];
const accepts = [
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json",
  "application/json;as=Table;v=v1beta1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/yaml",
  "application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.5",
  "text/plain",
];
const selectors = [
  "app=web",
  "app!=web",
  "app",
  "!app",
  "app in (web,a)",
  "app notin (web)",
  "tier=front,app=a",
  "app==a",
  "app=",
  "a b",
  "app in ()",
  "tier,!x",
  "app>1",
];
const fieldSelectors = [
  "metadata.name=a",
  "metadata.name!=a",
  "metadata.namespace={ns}",
  "metadata.name=a,metadata.namespace={ns}",
  "metadata.uid=x",
  "metadata.name",
  "metadata.labels.app=a",
];
const badQueries = [
  "dryRun=yes",
  "fieldManager=a%0Ab",
  "fieldValidation=Sometimes",
  `fieldManager=${"m".repeat(129)}`,
  "dryRun=All&dryRun=All",
  "pretty=true",
];

/** What a table shows of its objects. */
const tableQueries = ["includeObject=None", "includeObject=Object", "includeObject=Metadata", "includeObject=x"];

const isCustom = (kind: StoryKind) => kind.path.includes("{u}.");
const isNamespaced = ({ path }: StoryKind) => path.includes("{ns}");
/** `a-{u}` where objects of all sequences lie together. */
function named(kind: StoryKind, name: string): string {
  return isNamespaced(kind) ? name : `${name}-{u}`;
}

function at(kind: StoryKind, { pick }: Dice): string {
  return `${kind.path}/${named(kind, pick(names))}`;
}

/** For a query; `{ns}` and `{u}` are filled in later. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%7B", "{").replaceAll("%7D", "}");
}

function query(...parts: readonly (string | false)[]): string {
  const all = parts.filter((part) => part !== false && part !== "");
  return all.length > 0 ? `?${all.join("&")}` : "";
}

/** Options of a write, mostly none. */
function options({ pick, chance }: Dice, ...more: (string | false)[]): string {
  return query(
    chance(0.1) && "dryRun=All",
    chance(0.2) && `fieldManager=${pick(managers)}`,
    chance(0.15) && `fieldValidation=${pick(["Strict", "Warn", "Ignore"])}`,
    chance(0.03) && pick(badQueries),
    ...more,
  );
}

/** The object as people create it. */
function objectOf(kind: StoryKind, name: string, dice: Dice): StoryKind["object"] {
  const { pick, chance } = dice;
  const object = structuredClone(kind.object);
  object.metadata.name = named(kind, name);
  if (chance(0.2)) Object.assign(object, donatedObject(kind, dice));
  if (chance(0.25)) Object.assign(object, joined(object, ownChange(kind, dice)));
  if (chance(0.25)) object.metadata = joined(object.metadata, pick(metadataChanges));
  if (chance(0.05)) Object.assign(object, { unknown: 1 });
  if (chance(0.02)) Object.assign(object, pick([{ apiVersion: "v2" }, { kind: "Other" }, { apiVersion: "example.com/v1" }]));
  if (kind.statuses && chance(0.1)) Object.assign(object, pick(kind.statuses));
  return object;
}

function joined<T extends object>(object: T, change: object): T {
  const result = { ...object } as Record<string, unknown>;
  for (const [key, value] of Object.entries(change)) {
    const before = result[key];
    const isInner = isMap(value) && isMap(before);
    if (value === null) delete result[key];
    else result[key] = isInner ? joined(before, value) : value;
  }
  return result as T;
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A change of what the kind is about. */
function ownChange(kind: StoryKind, dice: Dice): object {
  const isDonated = kind.changes.length === 0 || dice.chance(0.35);
  return (isDonated && donatedChange(kind, dice)) || dice.pick(kind.changes.length > 0 ? kind.changes : [{ metadata: { labels: null } }]);
}

/** A merge patch: of what the kind is about, of metadata, or both. */
function changeOf(kind: StoryKind, dice: Dice): object {
  const { pick, chance } = dice;
  if (chance(0.25)) return { metadata: pick(metadataChanges) };
  const change = ownChange(kind, dice);
  if (chance(0.15)) return joined(change, { metadata: pick(metadataChanges) });
  return chance(0.15) ? joined(change, ownChange(kind, dice)) : change;
}

const creates: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const object = objectOf(kind, pick(names), dice);
  if (chance(0.1)) {
    delete object.metadata.name;
    object.metadata.generateName = pick(["gen-", "gen-", "Bad_"]);
  }
  const path = `${kind.path}${options(dice)}`;
  if (chance(0.1)) return { method: "POST", path, raw: JSON.stringify(object), headers: { "content-type": "application/yaml" } };
  return create(path, object);
};

/** An object to begin with. */
export const begins: Act = (kind, dice) =>
  create(kind.path, {
    ...kind.object,
    ...(dice.chance(0.25) ? donatedObject(kind, dice) : {}),
    metadata: { ...kind.object.metadata, name: named(kind, "a") },
  });

const damages: Act = (kind, { pick, random }) => {
  if (isCustom(kind)) return get(kind.path);
  const { method, body, contentType, subresource } = singleDamage(kind, pick, random);
  const path = `${kind.path}${method === "POST" ? "" : `/${named(kind, "a")}`}${subresource ? `/${subresource}` : ""}`;
  return { method, path, body, ...(contentType ? { headers: { "content-type": contentType } } : {}) };
};

const edits: Act = (kind, dice) => ({ edit: at(kind, dice), at: options(dice), change: changeOf(kind, dice) });

const putsBlind: Act = (kind, dice) => {
  const name = dice.pick([...names, "new"]);
  const object = objectOf(kind, name, dice);
  if (dice.chance(0.3)) object.metadata.resourceVersion = dice.pick([`<rv:${kind.path}/${named(kind, name)}>`, "1", "0"]);
  if (dice.chance(0.1)) object.metadata.uid = dice.pick([`<uid:${kind.path}/${named(kind, name)}>`, "none"]);
  return put(`${kind.path}/${named(kind, name)}${options(dice)}`, object);
};

const merges: Act = (kind, dice) => patch("merge", `${at(kind, dice)}${options(dice)}`, changeOf(kind, dice));

const strategics: Act = (kind, dice) => {
  const change = kind.strategic && dice.chance(0.7) ? dice.pick(kind.strategic) : changeOf(kind, dice);
  const directive = {
    metadata: dice.pick([
      { labels: { $patch: "replace", only: "x" } },
      { $patch: "replace", labels: { a: "b" } },
      { "$deleteFromPrimitiveList/finalizers": ["example.com/hold"] },
      { finalizers: ["example.com/more"] },
      { "$setElementOrder/finalizers": ["example.com/more", "example.com/hold"] },
      { ownerReferences: [{ uid: "u-1", $patch: "delete" }] },
      { labels: { $patch: "merge" } },
      { annotations: { $retainKeys: ["a"], a: "b" } },
    ]),
  };
  return patch("strategic", `${at(kind, dice)}${options(dice)}`, dice.chance(0.2) ? joined(change, directive) : change);
};

const steps: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const operations: object[] = [];
  for (let left = pick([1, 1, 2, 3]); left > 0; left--) {
    const places = [...pointersOf({ metadata: { labels: { tier: "x" } }, ...changeOf(kind, dice) }, "")];
    const [path, value] = pick(places);
    const end = pick(["", "", "", "/-", "/0"]);
    operations.push(
      pick([
        { op: "add", path, value },
        { op: "replace", path, value },
        { op: "add", path: `${path}${end}`, value },
        { op: "remove", path },
        { op: "test", path, value },
        { op: "copy", from: "/metadata/name", path: "/metadata/labels/copied" },
        { op: "move", from: "/metadata/labels/app", path: "/metadata/labels/moved" },
        { op: "add", path: "/metadata/labels", value: { app: "web" } },
        { op: "add", path: "/metadata/labels/example.com~1x", value: "y" },
        { op: "test", path: "/metadata/resourceVersion", value: `<rv:${kind.path}/${named(kind, "a")}>` },
      ]),
    );
  }
  if (chance(0.05))
    operations.push(
      pick([{ op: "jump", path: "/a" }, { path: "/a" }, { op: "add", path: "a", value: 1 }, { op: "remove", path: "/none/there" }]),
    );
  return patch("json", `${at(kind, dice)}${options(dice)}`, operations);
};

/** The places of a change, and what it puts there. */
function* pointersOf(change: object, above: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(change)) {
    const path = `${above}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    yield [path, value];
    if (isMap(value)) yield* pointersOf(value, path);
  }
}

const applies: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const name = pick(names);
  const { apiVersion, kind: type } = kind.object;
  const metadata: Record<string, unknown> = { name: named(kind, name) };
  const whole = { ...kind.object, metadata: { ...metadata, ...(chance(0.5) ? { labels: { app: "web", tier: pick(["x", "y"]) } } : {}) } };
  let body: object = chance(0.5) ? whole : { apiVersion, kind: type, metadata };
  if (chance(0.6)) body = joined(body, withoutNulls(changeOf(kind, dice)));
  if (chance(0.05))
    body = joined(
      body,
      pick([
        { apiVersion: null },
        { kind: null },
        { metadata: { name: "other" } },
        { metadata: { managedFields: [{ manager: "x" }] } },
        { metadata: { resourceVersion: "1" } },
        { unknown: 1 },
      ]),
    );
  const manager = chance(0.95) && `fieldManager=${pick(managers)}`;
  const asked = query(
    manager,
    chance(0.3) && "force=true",
    chance(0.1) && "dryRun=All",
    chance(0.1) && `fieldValidation=${pick(["Strict", "Warn"])}`,
  );
  return patch("apply", `${kind.path}/${named(kind, name)}${asked}`, body);
};

function withoutNulls(change: object): object {
  return JSON.parse(JSON.stringify(change, (_key, value) => (value === null ? undefined : value)));
}

const statuses: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const change = chance(0.2)
    ? changeOf(kind, dice)
    : (chance(0.4) && donatedChange(kind, dice, true)) || pick(kind.statuses ?? [{ status: {} }]);
  const place = at(kind, dice);
  const [way] = [pick(["merge", "merge", "edit", "edit", "strategic", "apply", "get", "json"])];
  if (way === "edit") return { edit: place, at: `/status${options(dice)}`, change };
  if (way === "get") return get(`${place}/status`);
  if (way === "json")
    return patch(
      "json",
      `${place}/status`,
      Object.entries(change).map(([key, value]) => ({ op: "add", path: `/${key}`, value })),
    );
  if (way === "apply") {
    const { apiVersion, kind: type } = kind.object;
    const body = { apiVersion, kind: type, metadata: { name: place.slice(place.lastIndexOf("/") + 1) }, ...withoutNulls(change) };
    return patch("apply", `${place}/status?fieldManager=${pick(managers)}${chance(0.3) ? "&force=true" : ""}`, body);
  }
  return patch(way as PatchKind, `${place}/status${options(dice)}`, change);
};

const others: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const [name, changes] = pick(Object.entries(kind.others ?? { scale: [{ spec: { replicas: 1 } }] }));
  const place = `${at(kind, dice)}/${name}`;
  if (chance(0.2)) return get(place, chance(0.3) ? { headers: { accept: pick(accepts) } } : {});
  if (name === "scale" && chance(0.4)) {
    const change = pick(changes);
    const scale = {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: place.split("/").at(-2), ...(isNamespaced(kind) ? { namespace: "{ns}" } : {}) },
    };
    return chance(0.4)
      ? patch("apply", `${place}?fieldManager=${pick(managers)}`, { ...scale, ...withoutNulls(change) })
      : put(`${place}${options(dice)}`, joined(scale, change));
  }
  if (name !== "scale" && chance(0.4)) return { edit: place.slice(0, place.lastIndexOf("/")), at: `/${name}`, change: pick(changes) };
  return patch(pick(["merge", "strategic"]), `${place}${options(dice)}`, pick(changes));
};

const gets: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const place = at(kind, dice);
  const asked = query(
    chance(0.3) && `resourceVersion=${pick(["0", `<rv:${place}>`, "1", "x", "99999999999"])}`,
    chance(0.03) && "resourceVersionMatch=Exact",
    chance(0.1) && pick(tableQueries),
  );
  return get(`${place}${asked}`, chance(0.5) ? { headers: { accept: pick(accepts) } } : {});
};

/** Of the story's own objects only, wherever they lie. */
function ownOnly(kind: StoryKind, selector: string | false): string {
  if (isNamespaced(kind)) return selector === false ? "" : `labelSelector=${encoded(selector)}`;
  return `fieldSelector=${encoded("metadata.name=a-{u}")}`;
}

const lists: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const isLimited = isNamespaced(kind) && chance(0.4);
  const selector = chance(0.4) && pick(selectors);
  const field = isNamespaced(kind) && chance(0.3) && `fieldSelector=${encoded(pick([...fieldSelectors, ...(kind.fields ?? [])]))}`;
  const version = chance(0.3) && `resourceVersion=${pick(["0", "<list-rv>", `<rv:${kind.path}/${named(kind, "a")}>`, "x"])}`;
  const match = chance(0.2) && `resourceVersionMatch=${pick(["Exact", "NotOlderThan", "x"])}`;
  const more = chance(0.4) ? { headers: { accept: pick(accepts) } } : {};
  const first = get(
    `${kind.path}${query(ownOnly(kind, selector), field, version, match, isLimited && `limit=${pick([1, 1, 2, 0, -1])}`, chance(0.1) && pick(tableQueries))}`,
    more,
  );
  if (!isLimited || chance(0.3)) return first;
  const next = get(
    `${kind.path}${query(ownOnly(kind, chance(0.9) && selector), field, "limit=1", `continue=${pick(["<continue>", "<continue>", "<continue>", "x"])}`)}`,
    more,
  );
  return [first, next];
};

const watches: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const from = pick([
    "resourceVersion=0",
    "resourceVersion=<list-rv>",
    `resourceVersion=<rv:${kind.path}/${named(kind, "a")}>`,
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
    "resourceVersion=x",
    "",
  ]);
  // The reference is given time after a change of what admission goes by: too long for a watch.
  const changes = /admissionregistration|resourcequotas|limitranges|namespaces$/.test(kind.path) ? [] : [merges, creates, removes];
  const during = (chance(0.6) ? changes : []).filter(() => chance(0.6)).flatMap((act) => act(kind, dice) as Request);
  const plain = during.filter((step) => "method" in step && !JSON.stringify(step).includes("<"));
  const field = isNamespaced(kind) && chance(0.3) && `fieldSelector=${encoded(pick([...fieldSelectors, ...(kind.fields ?? [])]))}`;
  const selected = ownOnly(kind, chance(0.3) && pick(selectors));
  const watch = `${kind.path}${query("watch=true", "timeoutSeconds=1", selected, field, from, chance(0.1) && pick(tableQueries))}`;
  // The list tells where a watch may start.
  const before = from.includes("<list-rv>") ? [get(`${kind.path}${query(ownOnly(kind, false))}`)] : [];
  return [
    ...before,
    { watch, ...(plain.length > 0 ? { during: plain } : {}), ...(chance(0.3) ? { headers: { accept: pick(accepts) } } : {}) },
  ];
};

const removes: Act = (kind, dice) => {
  const { pick, chance } = dice;
  const place = at(kind, dice);
  const bodies = [
    undefined,
    undefined,
    { propagationPolicy: "Foreground" },
    { propagationPolicy: "Orphan" },
    { propagationPolicy: "Background" },
    { propagationPolicy: "x" },
    { gracePeriodSeconds: 0 },
    { gracePeriodSeconds: 30 },
    { gracePeriodSeconds: -1 },
    { preconditions: { uid: `<uid:${place}>` } },
    { preconditions: { uid: "other" } },
    { preconditions: { resourceVersion: `<rv:${place}>` } },
    { preconditions: { resourceVersion: "1" } },
    { orphanDependents: true },
    { orphanDependents: true, propagationPolicy: "Orphan" },
    { dryRun: ["All"] },
    { dryRun: ["x"] },
    { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 1 },
    { kind: "Pod" },
    { unknown: 1 },
  ];
  const asked = query(
    chance(0.1) &&
      pick([
        "dryRun=All",
        "propagationPolicy=Foreground",
        "gracePeriodSeconds=0",
        "orphanDependents=false",
        "propagationPolicy=x",
        "gracePeriodSeconds=x",
      ]),
  );
  return remove(`${place}${asked}`, pick(bodies));
};

const clears: Act = (kind, dice) => {
  const { pick, chance } = dice;
  if (!isNamespaced(kind)) return removes(kind, dice);
  const selector = chance(0.6) && pick(selectors);
  const field = chance(0.3) && `fieldSelector=${encoded(pick([...fieldSelectors, ...(kind.fields ?? [])]))}`;
  const bodies = [
    undefined,
    undefined,
    { propagationPolicy: "Orphan" },
    { dryRun: ["All"] },
    { gracePeriodSeconds: 0 },
    { preconditions: { uid: "x" } },
    { propagationPolicy: "Foreground" },
  ];
  return remove(
    `${kind.path}${query(ownOnly(kind, selector), field, chance(0.1) && "limit=1", chance(0.1) && "dryRun=All")}`,
    pick(bodies),
  );
};

const releases: Act = (kind, dice) => patch("merge", at(kind, dice), { metadata: { finalizers: null } });

const owners: Act = (kind, dice) => (dice.chance(0.6) ? writesOwners : appliesAgain)(kind, at(kind, dice), dice);

const oddities: Act = (kind, dice) => {
  const { pick } = dice;
  const place = at(kind, dice);
  return pick([
    put(kind.path, kind.object),
    { method: "POST", path: place, body: kind.object },
    { method: "PATCH", path: place, body: {}, headers: { "content-type": "application/json" } },
    { method: "PATCH", path: kind.path, body: {}, headers: { "content-type": "application/merge-patch+json" } },
    { method: "POST", path: kind.path, raw: "{" },
    { method: "POST", path: kind.path, raw: "a: [", headers: { "content-type": "application/yaml" } },
    { method: "POST", path: kind.path, raw: "" },
    { method: "PUT", path: place, raw: "[]" },
    patch("merge", place, []),
    patch("json", place, {}),
    patch("strategic", place, "x"),
    get(`${place}/none`),
    get(`${place}/status/none`),
    get(`${place}/`),
    { method: "HEAD", path: place },
    { method: "OPTIONS", path: kind.path },
    { watch: `${place}?watch=true&timeoutSeconds=1` },
    { watch: `${kind.path.replace(/^\/(api\/v1|apis\/[^/]+\/[^/]+)\//, "$&watch/")}/${named(kind, "a")}?timeoutSeconds=1` },
    { method: "POST", path: kind.path, body: kind.object, headers: { "content-type": "text/plain" } },
  ] as StoryStep[]);
};

const weights: readonly (readonly [Act, number])[] = [
  [creates, 12],
  [damages, 8],
  [edits, 12],
  [putsBlind, 6],
  [merges, 10],
  [strategics, 8],
  [steps, 8],
  [applies, 14],
  [statuses, 8],
  [others, 8],
  [gets, 5],
  [lists, 8],
  [watches, 2],
  [removes, 7],
  [clears, 3],
  [releases, 3],
  [oddities, 2],
  [owners, 6],
];
const total = weights.reduce((sum, [, weight]) => sum + weight, 0);

/** Something that somebody does with objects of a kind. */
export const acts: Act = (kind, dice) => {
  let left = dice.random() * total;
  for (const [act, weight] of weights) {
    left -= weight;
    if (left >= 0) continue;
    if (act === others && !kind.others) break;
    if (act === strategics && isCustom(kind) && dice.chance(0.9)) break;
    return act(kind, dice);
  }
  return merges(kind, dice);
};
