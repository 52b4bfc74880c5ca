/** What is compared of an answer. Headers that are as almost always are left out. */
export interface Compared {
  status: number;
  /** Content type; absent where the answer has none. */
  type?: string;
  warnings?: string[];
  headers?: Record<string, string>;
  body?: unknown;
}

const uidPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const timePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;
const fingerprintPattern = /X509SHA256=[0-9a-f]{64}/g;
const tokenPattern = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const clusterIpPattern = /\b10\.97\.\d{1,3}\.\d{1,3}\b/g;
/** In the column of a service's ports, and in a complaint: there up to the last of the range, as dry runs make ports up beyond it. */
const nodePortPattern =
  /(?<=\d:)3(?:[01]\d{3}|2[0-7]\d{2})(?=\/(?:TCP|UDP|SCTP))|(?<=Duplicate value: )3(?:[01]\d{3}|2[0-6]\d{2}|27[0-5]\d|276[0-7])\b/g;
const agePattern = /^(<invalid>|\d+[smhdy](\d+[smhd])?)$/;
const recentMilliseconds = 24 * 3600 * 1000;

const comparedHeaders = ["retry-after", "location", "www-authenticate", "content-encoding", "allow", "x-content-type-options", "vary"];

/** Takes out of one sequence's answers what differs between two runs. What was equal before is equal after. */
export class Normaliser {
  readonly #numbers = new Map<string, Map<string, string>>();
  /** Texts of this run that stand for placeholders: the namespace, the suffix, generated names. */
  readonly #texts = new Map<string, string>();
  readonly #sent = new Set<string>();
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  replace(text: string, placeholder: string): void {
    if (text !== "") this.#texts.set(text, placeholder);
  }

  /** What a request named itself (addresses, ports) stays as it is, unless it only repeats what an answer told. */
  sent(text: string): void {
    for (const match of text.match(clusterIpPattern) ?? []) if (!this.#numbers.get("cluster-ip")?.has(match)) this.#sent.add(match);
    for (const match of text.match(/\b3[0-2]\d{3}\b/g) ?? []) if (!this.#numbers.get("node-port")?.has(match)) this.#sent.add(match);
  }

  answer(status: number, headers: Readonly<Record<string, string | string[] | undefined>>, body: unknown): Compared {
    const header = (name: string) => [headers[name] ?? []].flat().join(", ");
    const warnings = splitWarnings(header("warning")).map((warning) => this.text(warning));
    const others: Record<string, string> = {};
    for (const name of comparedHeaders) if (headers[name] !== undefined) others[name] = this.text(header(name));
    if (headers["audit-id"] === undefined) others["audit-id"] = "absent";
    const cache = header("cache-control");
    if (cache !== "no-cache, private") others["cache-control"] = cache;
    if (headers.etag !== undefined) others.etag = "present";
    this.#learnNames(body);
    const type = header("content-type");
    const tree = this.tree(body);
    return {
      status,
      ...(type ? { type } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(Object.keys(others).length > 0 ? { headers: others } : {}),
      ...(tree === "" || tree === undefined ? {} : { body: tree }),
    };
  }

  /** Names that the server made. */
  #learnNames(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    const { name, generateName } = node as { name?: unknown; generateName?: unknown };
    if (typeof name === "string" && typeof generateName === "string" && /[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(name)) {
      const base = name.slice(0, -5);
      if (generateName.startsWith(base) && name.length === base.length + 5) this.#texts.set(name, `${base}<random>`);
    }
    for (const child of Object.values(node)) this.#learnNames(child);
  }

  /** A tree with sorted keys. */
  tree(node: unknown, key = "", parent: object | undefined = undefined, depth = 0): unknown {
    if (typeof node === "string") return this.#string(node, key, parent, depth);
    if (typeof node === "number") {
      const isPort = (key === "nodePort" || key === "healthCheckNodePort") && !this.#sent.has(String(node)) && node >= 30000;
      return isPort ? this.#numbered("node-port", String(node)) : node;
    }
    if (typeof node === "bigint") return `integer ${node}`;
    if (typeof node !== "object" || node === null) return node;
    if (Array.isArray(node)) {
      const isCells = key === "cells";
      return node.map((item) =>
        isCells && typeof item === "string" && agePattern.test(item) ? "<age>" : this.tree(item, key, node, depth + 1),
      );
    }
    const result: Record<string, unknown> = {};
    for (const name of Object.keys(node).sort()) {
      const value = (node as Record<string, unknown>)[name];
      const isBookmark = (parent as { node?: { type?: unknown } } | undefined)?.node?.type === "BOOKMARK";
      const isListMeta = name === "metadata" && (isBookmark || /(List|Table)$/.test(String((node as { kind?: unknown }).kind)));
      result[this.text(name)] = this.tree(value, isListMeta ? "list metadata" : name, { key, node }, depth + 1);
    }
    return result;
  }

  #string(text: string, key: string, parent: object | undefined, depth: number): string {
    const within = (parent as { key?: string } | undefined)?.key;
    if (key === "resourceVersion" && /^\d+$/.test(text) && text !== "0") {
      return within === "list metadata" ? "<list-rv>" : this.#numbered("rv", text);
    }
    if (key === "continue" && text !== "") return "<continue>";
    if (key === "serverAddress") return "<server>";
    if (depth === 0 && text.startsWith("#")) return text;
    return this.text(text);
  }

  text(text: string): string {
    let result = text;
    for (const [from, to] of this.#texts) if (result.includes(from)) result = result.replaceAll(from, to);
    return result
      .replace(tokenPattern, "<token>")
      .replace(fingerprintPattern, "X509SHA256=<hash>")
      .replace(uidPattern, (uid) => this.#numbered("uid", uid))
      .replace(timePattern, (time, fraction) => {
        if (Math.abs(Date.parse(time) - this.#now) > recentMilliseconds) return time;
        return fraction === undefined ? "<time>" : "<micro-time>";
      })
      .replace(clusterIpPattern, (address) =>
        this.#sent.has(address) || address.startsWith("10.97.0.0") ? address : this.#numbered("cluster-ip", address),
      )
      .replace(nodePortPattern, (port) => (this.#sent.has(port) ? port : this.#numbered("node-port", port)))
      .replace(/\b127\.0\.0\.1:\d{4,5}\b/g, "<server>")
      .replace(/\bkube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "kube-api-access-<random>")
      .replace(/(ResourceVersion in record \(|ResourceVersion in object meta: )\d+/g, "$1<rv>")
      .replace(
        /(ResourceVersion in the precondition \()(\d+)/g,
        (_all, head, revision) => head + (this.#numbers.get("rv")?.get(revision) ?? revision),
      )
      .replace(/(current: |too old resource version: \d+ \()\d+/g, "$1<rv>")
      .replace(/(resourceVersion(?:=|\\*":\\*"))(\d{2,9})(?!\d)/g, "$1<rv>")
      .replace(/(\bhash=)[0-9A-F]{64,128}\b/g, "$1<hash>")
      .replace(/(\bcontinue=)[\w%-]{20,}/g, "$1<continue>");
  }

  #numbered(kind: string, value: string): string {
    const known = this.#numbers.get(kind) ?? new Map<string, string>();
    this.#numbers.set(kind, known);
    const placeholder = known.get(value) ?? `<${kind}-${known.size + 1}>`;
    known.set(value, placeholder);
    return placeholder;
  }
}

/** The texts of a Warning header: `299 - "text"`, several after commas. */
function splitWarnings(header: string): string[] {
  return Array.from(header.matchAll(/(\d{3} \S+) "((?:[^"\\]|\\.)*)"/g), ([, head, text]) => {
    const plain = (text ?? "").replace(/\\(.)/g, "$1");
    return head === "299 -" ? plain : `${head} ${plain}`;
  });
}
