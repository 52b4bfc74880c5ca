import { createHash, randomInt } from "node:crypto";
import type { AccessWorld } from "./access-world.ts";
import { protobufOf, treeOf, watchEventOf } from "./bodies.ts";
import { Http, type RawAnswer } from "./http.ts";
import { type Compared, Normaliser } from "./normalise.ts";
import type { Answer, Ask, Calls, Request, Sequence, Watch } from "./sequences.ts";
import type { ReceivedCall, WebhookServer } from "./webhook-server.ts";

/** A server that sequences are asked of. */
export interface Target {
  http: Http;
  /** Of a user in system:masters. */
  token: string;
  /** Called by the server. */
  webhooks: WebhookServer;
  /** Issuers, webhooks and certificates that the server knows. */
  world?: AccessWorld;
  /** How long it takes until a change of what admission goes by is seen. */
  settleMilliseconds: number;
}

/** What was asked and what came back, ready to be compared. */
export interface Step {
  ask: string;
  answer: Compared;
}

export function targetAt(url: string, token: string, webhooks: WebhookServer, settleMilliseconds = 0, world?: AccessWorld): Target {
  return { http: new Http(url), token, webhooks, settleMilliseconds, ...(world ? { world } : {}) };
}

/** How long an answer is waited for that the server comes to by itself. */
const patienceMilliseconds = 10_000;
/** How far upstream's cache may be behind. */
const cacheMilliseconds = 100;

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function randomText(length: number): string {
  return Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz"[randomInt(26)]).join("");
}

/** Replays one sequence and tidies up after it. */
export async function runSequence(target: Target, sequence: Sequence): Promise<Step[]> {
  return await new Run(target, sequence).run();
}

class Run {
  readonly #target: Target;
  readonly #sequence: Sequence;
  readonly #namespace = `parity-${randomText(8)}`;
  readonly #suffix = randomText(8);
  readonly #normaliser = new Normaliser(Date.now());
  readonly #made: string[] = [];
  /** Nothing comes after it that would have to wait. */
  #isOver = false;

  constructor(target: Target, sequence: Sequence) {
    this.#target = target;
    this.#sequence = sequence;
    this.#normaliser.replace(this.#namespace, "{ns}");
    this.#normaliser.replace(this.#suffix, "{u}");
    this.#normaliser.replace(target.webhooks.caBundle, "{ca}");
    if (target.world) this.#normaliser.replace(target.world.url, "{issuer}");
  }

  async run(): Promise<Step[]> {
    const { steps } = this.#sequence;
    const usesNamespace = steps.some((step) => typeof step === "function" || JSON.stringify(step).includes("{ns}"));
    const answers: Answer[] = [];
    const results: Step[] = [];
    try {
      if (usesNamespace) await this.#makeNamespace();
      for (const step of steps) {
        const ask = typeof step === "function" ? step(answers) : step;
        const answer = await this.#do(ask);
        answers.push(answer);
        const picked = "pick" in ask && ask.pick ? ask.pick(answer.body) : answer.body;
        results.push({
          ask: this.#normaliser.text(lineOf(ask, typeof step !== "function")),
          answer: this.#normaliser.answer(answer.status, answer.headers, picked),
        });
      }
    } finally {
      await this.#cleanUp(usesNamespace);
    }
    return results;
  }

  async #do(ask: Ask): Promise<Answer> {
    if ("calls" in ask) return this.#calls(ask);
    return "watch" in ask ? await this.#watch(ask) : await this.#askUntil(ask);
  }

  #calls({ calls: order }: Calls): Answer {
    const calls = this.#target.webhooks.take(this.#suffix);
    const keyOf = ({ path, body }: ReceivedCall) => {
      const { object, oldObject } = (body as { request: { object?: unknown; oldObject?: unknown } }).request;
      return `${path} ${JSON.stringify(object ?? oldObject)}`;
    };
    if (order === "in any order") calls.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return { status: 0, headers: {}, body: calls };
  }

  async #makeNamespace(): Promise<void> {
    await this.#must("POST", "/api/v1/namespaces", { metadata: { name: this.#namespace } });
    await this.#must("POST", `/api/v1/namespaces/${this.#namespace}/serviceaccounts`, { metadata: { name: "default" } });
  }

  async #must(method: string, path: string, body: unknown): Promise<void> {
    const { status, body: answer } = await this.#ask({ method, path, body });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  }

  /** The namespace's content goes object by object: where no controller runs, nothing else takes it away. */
  async #cleanUp(hasNamespace: boolean): Promise<void> {
    for (const path of this.#made.reverse()) {
      const { status } = await this.#ask({ method: "DELETE", path, body: { gracePeriodSeconds: 0, propagationPolicy: "Background" } });
      if (status >= 300) continue;
      const headers = { "content-type": "application/merge-patch+json" };
      const left = await this.#ask({ method: "GET", path });
      if (left.status !== 200) continue;
      if (path.startsWith("/api/v1/namespaces/") && path.split("/").length === 5) await this.#finalize(path);
      else await this.#ask({ method: "PATCH", path, headers, body: { metadata: { finalizers: null } } });
    }
    this.#isOver = true;
    if (hasNamespace) {
      const path = `/api/v1/namespaces/${this.#namespace}`;
      await this.#ask({ method: "DELETE", path });
      await this.#finalize(path);
    }
  }

  async #finalize(path: string): Promise<void> {
    const { status, body } = await this.#ask({ method: "GET", path });
    if (status !== 200) return;
    await this.#ask({
      method: "PATCH",
      path,
      headers: { "content-type": "application/merge-patch+json" },
      body: { metadata: { finalizers: null } },
    });
    const name = body.metadata.name;
    await this.#ask({ method: "PUT", path: `${path}/finalize`, body: { metadata: { name }, spec: { finalizers: [] } } });
  }

  #fill(text: string): string {
    const { url, caBundle } = this.#target.webhooks;
    return text
      .replaceAll("{ns}", this.#namespace)
      .replaceAll("{u}", this.#suffix)
      .replaceAll("{hook}", url)
      .replaceAll('"{port}"', new URL(url).port)
      .replaceAll("{ca}", caBundle);
  }

  #headers(ask: Request | Watch, extra: Record<string, string> = {}): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = { accept: "application/json", "user-agent": "parity", ...extra };
    if (ask.user !== null) headers.authorization = `Bearer ${this.#target.token}`;
    if (ask.user) {
      const { name, groups = [] } = typeof ask.user === "string" ? { name: ask.user } : ask.user;
      headers["impersonate-user"] = this.#fill(name);
      if (groups.length > 0) headers["impersonate-group"] = groups.map((group) => this.#fill(group));
    }
    for (const [name, value] of Object.entries(ask.headers ?? {}))
      headers[name] = Array.isArray(value) ? value.map((one) => this.#fill(one)) : this.#fill(value);
    for (const [name, value] of Object.entries(headers)) if (value === "") delete headers[name];
    return headers;
  }

  async #askUntil(ask: Request): Promise<Answer> {
    const { until } = ask;
    const deadline = Date.now() + patienceMilliseconds;
    for (;;) {
      const answer = await this.#ask(ask);
      if (!until || until(answer) || Date.now() > deadline) return answer;
      await sleep(100);
    }
  }

  async #ask(ask: Request): Promise<Answer> {
    const { raw, protobuf, body, method } = ask;
    const path = this.#fill(ask.path);
    let bytes: Uint8Array | undefined;
    const extra: Record<string, string> = {};
    if (raw !== undefined) bytes = typeof raw === "string" ? Buffer.from(this.#fill(raw)) : raw;
    else if (protobuf !== undefined) bytes = protobufOf(JSON.parse(this.#fill(JSON.stringify(protobuf))));
    else if (body !== undefined) bytes = Buffer.from(this.#fill(JSON.stringify(body)));
    if (bytes) extra["content-type"] = protobuf ? "application/vnd.kubernetes.protobuf" : "application/json";
    const headers = this.#headers(ask, extra);
    if (bytes && bytes.length < 100_000) this.#normaliser.sent(Buffer.from(bytes).toString());
    this.#normaliser.sent(path);
    const { world } = this.#target;
    if (ask.jwt && world) headers.authorization = `Bearer ${await world.sign(ask.jwt)}`;
    const certificate = ask.certificate === undefined ? undefined : world?.certificates[ask.certificate];
    const outgoing = { method, path, headers, ...(bytes ? { bytes } : {}), ...(certificate ? { certificate } : {}) };
    // A read that takes what is no older than a revision is answered from a cache, which may be a moment behind.
    if (method === "GET" && path.includes("resourceVersion=") && this.#target.settleMilliseconds > 0) await sleep(cacheMilliseconds);
    const answer = answerOf(await this.#target.http.ask(outgoing));
    if (
      method !== "GET" &&
      /webhookconfigurations|admissionpolic|resourcequotas|limitranges|namespaces\/[^/]+$/.test(path) &&
      this.#target.settleMilliseconds > 0 &&
      !this.#isOver
    ) {
      await sleep(this.#target.settleMilliseconds);
    }
    // Definitions reach what serves their objects in their own time.
    if ((method === "PUT" || method === "PATCH") && path.includes("/customresourcedefinitions/")) {
      await sleep(Math.min(this.#target.settleMilliseconds, 500));
    }
    if (method !== "GET" && path.includes("/rbac.authorization.k8s.io/")) {
      await sleep(Math.min(this.#target.settleMilliseconds, 300));
    }
    const said = ((body ?? protobuf) as { metadata?: { generateName?: unknown } } | undefined)?.metadata?.generateName;
    const base = said ?? (typeof raw === "string" ? /"generateName":"([^"]+)"/.exec(raw)?.[1] : undefined);
    const made = answer.body?.details?.name;
    // A refusal names the object by the name that it would have got.
    if (typeof base === "string" && typeof made === "string" && made.length === base.length + 5 && made.startsWith(base)) {
      this.#normaliser.replace(made, `${base}<random>`);
    }
    if (answer.status === 201 && !path.includes("dryRun=All")) this.#remember(path, answer.body);
    return answer;
  }

  #remember(path: string, body: Answer["body"]): void {
    const name = body?.metadata?.name;
    const [collection = ""] = path.split("?");
    if (typeof name !== "string" || body.kind === "Status" || name === this.#namespace) return;
    const parts = collection.split("/").filter((part) => part !== "");
    const at = parts[0] === "api" ? 2 : 3;
    const isNamespaced = parts[at] === "namespaces" && parts.length > at + 1;
    // Parts of the collection's path, and one more where an apply or a PUT made the object.
    const length = isNamespaced ? at + 3 : at + 1;
    if (parts.length === length) this.#made.push(`${collection.replace(/\/$/, "")}/${encodeURIComponent(name)}`);
    // A create through an object's subresource made nothing that can be deleted there.
    else if (parts.length === length + 1 && decodeURIComponent(parts[length] ?? "") === name) this.#made.push(collection);
  }

  async #watch(ask: Watch): Promise<Answer> {
    const path = this.#fill(ask.watch);
    const events: unknown[] = [];
    const take = (frame: Uint8Array, contentType: string) => {
      const event = watchEventOf(contentType, frame) as { type: string; object?: { metadata?: { annotations?: Record<string, string> } } };
      const isBookmark = event.type === "BOOKMARK" && event.object?.metadata?.annotations === undefined;
      if (!isBookmark) events.push(event);
      return events.length === ask.until;
    };
    const during = async () => {
      for (const request of ask.during ?? []) await this.#ask(request);
    };
    const patience = (ask.patienceSeconds ?? 5) * 1000;
    const outgoing = { method: "GET", path, headers: this.#headers(ask) };
    const raw = await this.#target.http.frames(outgoing, patience, during, take);
    if (raw.status !== 200) return answerOf(raw);
    return { status: 200, headers: raw.headers, body: { events, ended: raw.ended } };
  }
}

function answerOf({ status, headers, bytes }: RawAnswer): Answer {
  return { status, headers, body: treeOf([headers["content-type"] ?? ""].flat().join(""), bytes) };
}

/** What was asked in one line, with a check sum of what a corpus file says, so that stale answers are noticed. */
function lineOf(ask: Ask, isFixed: boolean): string {
  if ("calls" in ask) return `CALLS ${ask.calls}`;
  const line = "watch" in ask ? `WATCH ${ask.watch}` : `${ask.method} ${ask.path}`;
  if (!isFixed) return line;
  const text = JSON.stringify(ask, (_key, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value));
  return `${line} #${createHash("sha256").update(text).digest("hex").slice(0, 6)}`;
}
