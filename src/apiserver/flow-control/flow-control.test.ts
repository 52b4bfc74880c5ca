import { describe, expect, it } from "vitest";
import { text } from "../bytes.ts";
import type { ApiResponse, Identity } from "../request.ts";
import { admin, TestServer } from "../testing/test-server.ts";
import { shareSeats } from "./borrowing.ts";
import { flowControlFamilies } from "./flow-control-metrics.ts";
import { deal, hashOf } from "./shuffle-shard.ts";

const flowcontrol = "/apis/flowcontrol.apiserver.k8s.io/v1";
const tim: Identity = { name: "tim", groups: ["system:authenticated"] };
const tom: Identity = { name: "tom", groups: ["system:authenticated"] };

const schemaFor = (name: string, users: string[]) => ({
  metadata: { name },
  spec: {
    matchingPrecedence: 10,
    priorityLevelConfiguration: { name },
    distinguisherMethod: { type: "ByUser" },
    rules: [
      {
        subjects: users.map((user) => ({ kind: "User", user: { name: user } })),
        resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
        nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      },
    ],
  },
});

/** A server whose level `tiny` has requests that run until they are let go. */
class Crowd {
  readonly test: TestServer;
  readonly held: (() => void)[];

  private constructor(test: TestServer, held: (() => void)[]) {
    this.test = test;
    this.held = held;
  }

  static async on(limited: object, users = ["tim", "tom"]): Promise<Crowd> {
    const held: (() => void)[] = [];
    const check = () => new Promise<undefined>((resolve) => held.push(() => resolve(undefined)));
    const test = await TestServer.started({
      maxRequestsInflight: 2,
      maxMutatingRequestsInflight: 1,
      healthChecks: [{ name: "slow", check, endpoints: ["healthz"] }],
    });
    const rules = [{ nonResourceURLs: ["*"], verbs: ["*"] }];
    await test.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: "paths" }, rules });
    await test.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "paths" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "paths" },
      subjects: users.map((name) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name })),
    });
    await test.post(`${flowcontrol}/prioritylevelconfigurations`, { metadata: { name: "tiny" }, spec: { type: "Limited", limited } });
    await test.post(`${flowcontrol}/flowschemas`, schemaFor("tiny", users));
    return new Crowd(test, held);
  }

  async ask(identity: Identity = tim, signal?: AbortSignal): Promise<Promise<ApiResponse>[]> {
    const asked = this.test.raw("GET", "/healthz/slow", { identity, ...(signal ? { signal } : {}) });
    await this.test.clock.advance(0);
    return [asked];
  }

  /** Lets the oldest request finish. */
  async release(): Promise<void> {
    this.held.shift()?.();
    await this.test.clock.advance(0);
  }

  /** What is told of the last request that left a queue of the level. */
  turns(): Record<string, number> {
    const { flowControl } = this.test.server.context;
    const samples = (flowControl ? flowControlFamilies(flowControl) : [])
      .filter(({ name }) => /_(?:dispatch_r|latest_s|next_.*)$/.test(name))
      .flatMap(({ name, samples }) => Array.from(samples(), (sample) => ({ name: name.replace("apiserver_flowcontrol_", ""), ...sample })));
    const ofLevel = samples.filter(({ labels }) => labels.priority_level === "tiny");
    return Object.fromEntries(ofLevel.map(({ name, labels, value }) => [`${name} ${labels.bound ?? ""}`.trim(), value]));
  }

  async figures(): Promise<string> {
    const { text: table } = await this.test.get("/debug/api_priority_and_fairness/dump_priority_levels");
    const [, ...cells] = (table.split("\n").find((line) => line.startsWith("tiny,")) ?? "").split(/,\s*/);
    return cells.join(" ");
  }
}

/** One seat. */
const rejecting = { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse: { type: "Reject" } };
const queuing = {
  ...rejecting,
  limitResponse: { type: "Queue", queuing: { queues: 8, handSize: 2, queueLengthLimit: 2 } },
};

function answerOf({ status, headers, body }: ApiResponse): unknown {
  return { status, retryAfter: headers["retry-after"], body: body.form === "bytes" ? text(body.bytes) : undefined };
}

const refused = { status: 429, retryAfter: "1", body: "Too many requests, please try again later.\n" };

describe("priority and fairness", () => {
  it("tells of each answer which flow schema and level it had", async () => {
    const crowd = await Crowd.on(rejecting);
    const { body: level } = await crowd.test.get(`${flowcontrol}/prioritylevelconfigurations/tiny`);
    const { body: schema } = await crowd.test.get(`${flowcontrol}/flowschemas/tiny`);
    const { status, headers } = await crowd.test.get("/version", { identity: tim });
    expect(status).toBe(200);
    expect(headers["x-kubernetes-pf-flowschema-uid"]).toBe(schema.metadata.uid);
    expect(headers["x-kubernetes-pf-prioritylevel-uid"]).toBe(level.metadata.uid);
  });

  it("refuses what a level that doesn't queue has no seats for", async () => {
    const crowd = await Crowd.on(rejecting);
    const [first] = await crowd.ask();
    const [second] = await crowd.ask(tom);
    expect(answerOf((await second) as ApiResponse)).toEqual(refused);
    expect(await crowd.figures()).toBe("0 false false 0 1 1 1 0 0");
    await crowd.release();
    expect((await first)?.status).toBe(200);
    expect(await crowd.figures()).toBe("0 true false 0 0 1 1 0 0");
  });

  it("counts watches while they begin: a flood of them is refused", async () => {
    const crowd = await Crowd.on(rejecting);
    await crowd.ask();
    const watch = () => crowd.test.raw("GET", "/api/v1/pods?watch=1", { identity: tim });
    for (let at = 0; at < 50; at++) expect(answerOf(await watch())).toEqual(refused);
    await crowd.release();
    // Nobody allows it, but it was let in.
    expect((await watch()).status).toBe(403);
  });

  it("counts what it refuses, paths together", async () => {
    const crowd = await Crowd.on(rejecting);
    await crowd.ask();
    await crowd.ask(tom);
    expect((await crowd.test.raw("GET", "/elsewhere", { identity: tim })).status).toBe(429);
    expect((await crowd.test.raw("GET", "/api/v1/pods", { identity: tim })).status).toBe(429);
    const told = new Map(crowd.test.server.context.metrics.requests.families().map(({ name, samples }) => [name, [...samples()]]));
    const refusals = (name: string) =>
      told
        .get(name)
        ?.filter(({ labels }) => labels.code === "429")
        .map(({ labels, value }) => [labels.component, labels.resource, labels.subresource, labels.verb, value]);
    expect(refusals("apiserver_request_total")).toEqual([
      ["apiserver", "", "", "GET", 2],
      ["apiserver", "pods", "", "LIST", 1],
    ]);
    // Clients can think of paths without end.
    expect(refusals("apiserver_request_terminations_total")).toEqual([["apiserver", "pods", "", "LIST", 1]]);
  });

  it("lets masters in whatever happens", async () => {
    const crowd = await Crowd.on(rejecting);
    await crowd.ask();
    const [asked] = await crowd.ask(admin);
    expect(crowd.held.length).toBe(2);
    await crowd.release();
    await crowd.release();
    expect((await asked)?.status).toBe(200);
  });

  it("lets flows take turns, and refuses what finds its queue full", async () => {
    const crowd = await Crowd.on(queuing);
    const order: string[] = [];
    const ask = async (identity: Identity, name: string) => {
      const [asked] = await crowd.ask(identity);
      void asked?.then(({ status }) => order.push(`${name} ${status}`));
    };
    await ask(tim, "tim 1");
    await ask(tim, "tim 2");
    await ask(tim, "tim 3");
    await ask(tom, "tom 1");
    expect(crowd.held.length).toBe(1);
    expect(await crowd.figures()).toMatch(/^[23] false false 3 1 1 0 0 0$/);
    for (let turn = 0; turn < 4; turn++) {
      await crowd.test.clock.advance(1000);
      await crowd.release();
    }
    expect(order.slice(0, 1)).toEqual(["tim 1 200"]);
    // A flow that has had nothing so far goes before one that has.
    expect(order.indexOf("tom 1 200")).toBeLessThan(3);
    expect(order.length).toBe(4);
    expect(crowd.turns()).toEqual({
      dispatch_r: expect.closeTo(7 / 6, 10),
      latest_s: 1,
      "next_s_bounds min": 1,
      "next_s_bounds max": 1,
      "next_discounted_s_bounds min": 1,
      "next_discounted_s_bounds max": 1,
    });
    // Two queues of two each are dealt to a flow.
    await crowd.ask();
    for (let more = 0; more < 4; more++) await crowd.ask();
    const [last] = await crowd.ask();
    expect(answerOf((await last) as ApiResponse)).toEqual({ ...refused, retryAfter: "1" });
  });

  it("gives a request that waits up after a quarter of the request timeout, and when its client goes", async () => {
    const crowd = await Crowd.on(queuing);
    await crowd.ask();
    const [late] = await crowd.ask(tom);
    const gone = new AbortController();
    await crowd.ask(tom, gone.signal);
    gone.abort();
    await crowd.test.clock.advance(14_999);
    expect(await crowd.figures()).toBe("1 false false 1 1 1 1 0 1");
    await crowd.test.clock.advance(1);
    expect(answerOf((await late) as ApiResponse)).toEqual(refused);
    expect(await crowd.figures()).toBe("0 false false 0 1 1 2 1 1");
  });

  it("keeps a level that is deleted until its last request has gone", async () => {
    const crowd = await Crowd.on(rejecting);
    const [first] = await crowd.ask();
    await crowd.test.delete(`${flowcontrol}/prioritylevelconfigurations/tiny`);
    expect(await crowd.figures()).toBe("0 false true 0 1 1 0 0 0");
    await crowd.release();
    expect((await first)?.status).toBe(200);
    await crowd.test.clock.advance(10_000);
    expect(await crowd.figures()).toBe("");
  });

  it("shows the requests that it has", async () => {
    const crowd = await Crowd.on(queuing);
    await crowd.ask();
    await crowd.ask(tom);
    const { text: table, headers } = await crowd.test.get("/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1");
    expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
    const [head, ...lines] = table.trimEnd().split("\n");
    expect(head).toMatch(/^PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, FlowDistingsher, ArriveTime, /);
    const rows = lines.map((line) => line.split(/,\s*/)).filter(([name]) => name === "tiny");
    expect(rows.map((cells) => [cells[3], cells[4], ...cells.slice(10)])).toEqual([
      ["-1", "tim", "tim", "get", "/healthz/slow", "", "", "", "", ""],
      ["0", "tom", "tom", "get", "/healthz/slow", "", "", "", "", ""],
    ]);
    const queues = await crowd.test.get("/debug/api_priority_and_fairness/dump_queues");
    expect(queues.text.split("\n").filter((line) => line.startsWith("tiny,")).length).toBe(8);
    expect((await crowd.test.get("/debug/api_priority_and_fairness/dump_other")).status).toBe(404);
  });

  it("bounds by number alone when it is off", async () => {
    const test = await TestServer.started({ priorityAndFairness: false, maxRequestsInflight: 1 });
    const { headers, status } = await test.get("/version", { identity: tim });
    expect(status).toBe(403);
    expect(headers["x-kubernetes-pf-flowschema-uid"]).toBeUndefined();
    expect((await test.get("/debug/api_priority_and_fairness/dump_queues")).status).toBe(404);
  });
});

describe("lending seats", () => {
  it("gives every level the same part of its target within its bounds", () => {
    const claims = [13, 24, 25, 73, 50, 49, 24].map((lower) => ({ lower, upper: lower + 600, target: lower }));
    const shared = shareSeats(602, claims);
    expect(shared?.fraction).toBeCloseTo(602 / 258);
    expect(shared?.seats.map(Math.round)).toEqual([30, 56, 58, 170, 117, 114, 56]);
  });

  it("keeps to the bounds", () => {
    const claims = [
      { lower: 10, upper: 20, target: 100 },
      { lower: 5, upper: 100, target: 10 },
    ];
    expect(shareSeats(50, claims)?.seats).toEqual([20, 30]);
    expect(shareSeats(10, claims)).toBeUndefined();
    expect(shareSeats(500, claims)).toBeUndefined();
  });
});

describe("shuffle sharding", () => {
  it("deals different cards, each hand by its hash alone", () => {
    for (let at = 0; at < 2000; at++) {
      const hand = deal(hashOf(`schema,user-${at}`), 64, 6);
      expect(new Set(hand).size).toBe(6);
      expect(hand.every((card) => card >= 0 && card < 64)).toBe(true);
    }
    expect(deal(hashOf("a"), 128, 6)).toEqual(deal(hashOf("a"), 128, 6));
  });

  it("deals every card as often as any other", () => {
    const counts = new Array(16).fill(0);
    for (let at = 0; at < 8000; at++) for (const card of deal(hashOf(`flow-${at}`), 16, 4)) counts[card]++;
    expect(Math.min(...counts)).toBeGreaterThan(1800);
    expect(Math.max(...counts)).toBeLessThan(2200);
  });
});
