import { expect, it } from "vitest";
import type { AnyObject } from "../../machinery/object.ts";
import type { OutgoingRequest, OutgoingResponse } from "../../machinery/platform.ts";
import { utf8 } from "../bytes.ts";
import { TestServer } from "../testing/test-server.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const widgets = (version: string, name = "") => `/apis/example.com/${version}/namespaces/default/widgets${name && `/${name}`}`;

interface Review {
  apiVersion: string;
  request: { uid: string; desiredAPIVersion: string; objects: AnyObject[] };
}

/** A server with widgets of two versions, between which a webhook converts: it says in the spec which version it was asked for. */
async function started() {
  const calls: string[] = [];
  let trouble: Error | undefined;
  const fetch = async ({ body }: OutgoingRequest): Promise<OutgoingResponse> => {
    const { apiVersion, request } = JSON.parse(body as string) as Review;
    calls.push(`${request.desiredAPIVersion}: ${request.objects.map(({ metadata }) => metadata.name).join(" ")}`);
    if (trouble) throw trouble;
    const convertedObjects = request.objects.map((object) => ({
      ...object,
      apiVersion: request.desiredAPIVersion,
      spec: { ...(object.spec as object), shown: request.desiredAPIVersion },
    }));
    const response = { uid: request.uid, convertedObjects, result: { status: "Success" } };
    const answer = utf8(JSON.stringify({ apiVersion, kind: "ConversionReview", response }));
    const headers = { "content-type": "application/json" };
    return {
      status: 200,
      headers,
      body: (async function* () {
        yield answer;
      })(),
    };
  };
  const test = await TestServer.started({}, undefined, { fetch });
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const names = { plural: "widgets", kind: "Widget", listKind: "WidgetList", singular: "widget" };
  await test.post(definitions, {
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names,
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url: "https://example.com/convert" }, conversionReviewVersions: ["v1"] },
      },
      versions: ["v1", "v2"].map((name) => ({ name, served: true, storage: name === "v1", schema })),
    },
  });
  const conditions = ["NamesAccepted", "Established"].map((type) => ({ type, status: "True", reason: "Test", message: "" }));
  await test.patch(`${definitions}/widgets.example.com/status`, "merge", { status: { acceptedNames: names, conditions } });
  const create = (version: string, name: string) =>
    test.post(widgets(version), { apiVersion: `example.com/${version}`, kind: "Widget", metadata: { name }, spec: {} });
  return {
    test,
    create,
    calls: () => calls.splice(0),
    fail(error: Error | undefined) {
      trouble = error;
    },
  };
}

it("asks nothing about objects that lie in the version that is asked for", async () => {
  const { test, create, calls } = await started();
  await create("v1", "a");
  await test.get(widgets("v1"));
  await test.patch(widgets("v1", "a"), "merge", { spec: { x: 1 } });
  const watch = await test.watch(`${widgets("v1")}?watch=true&resourceVersion=0`);
  expect(watch.events).toHaveLength(1);
  expect(calls()).toEqual([]);
});

it("asks about a page at once, and once about each state", async () => {
  const { test, create, calls } = await started();
  for (const name of ["a", "b", "c"]) await create("v1", name);
  const list = (await test.get(widgets("v2"))).body as unknown as { items: AnyObject[] };
  expect(list.items.map(({ apiVersion, spec }) => [apiVersion, spec])).toEqual(
    Array(3).fill(["example.com/v2", { shown: "example.com/v2" }]),
  );
  expect(calls()).toEqual(["example.com/v2: a b c"]);
  await Promise.all([test.get(widgets("v2")), test.get(widgets("v2", "a")), test.get(`${widgets("v2")}?labelSelector=x`)]);
  expect(calls()).toEqual([]);
  await test.patch(widgets("v1", "b"), "merge", { spec: { x: 1 } });
  expect((await test.get(widgets("v2"))).status).toBe(200);
  expect(calls()).toEqual(["example.com/v2: b"]);
});

it("converts for all watchers in one call, and keeps the order of events", async () => {
  const { test, create, calls } = await started();
  await create("v1", "a");
  const watches = await Promise.all([1, 2].map(() => test.watch(`${widgets("v2")}?watch=true&resourceVersion=0`)));
  await create("v1", "b");
  await test.delete(widgets("v1", "a"));
  await test.clock.advance(0);
  for (const { events } of watches) {
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name} ${object.apiVersion}`)).toEqual([
      "ADDED a example.com/v2",
      "ADDED b example.com/v2",
      "DELETED a example.com/v2",
    ]);
  }
  expect(calls()).toEqual(["example.com/v2: a", "example.com/v2: b", "example.com/v2: a"]);
});

it("tells why an object can't be shown, ends watches that can't go on, and asks again", async () => {
  const { test, create, calls, fail } = await started();
  await create("v1", "a");
  const watch = await test.watch(`${widgets("v2")}?watch=true`);
  await test.clock.advance(0);
  fail(new Error("broken"));
  const why = 'conversion webhook for example.com/v1, Kind=Widget failed: Post "https://example.com/convert?timeout=30s": broken';
  await create("v1", "b");
  expect((await test.get(widgets("v2", "b"))).body.message).toBe(why);
  await test.clock.advance(0);
  expect(watch.events.at(-1)).toMatchObject({ type: "ERROR", object: { message: why, code: 500 } });
  expect(watch.ended).toBe(true);
  fail(undefined);
  calls();
  expect((await test.get(widgets("v2", "b"))).body.spec).toEqual({ shown: "example.com/v2" });
  expect(calls()).toEqual(["example.com/v2: b"]);
});
