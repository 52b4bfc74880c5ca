import { bases } from "../../parity/bases.ts";
import { TestServer } from "../../src/apiserver/testing/test-server.ts";
import { type Logger, silentLogger } from "../../src/machinery/logger.ts";
import type { AnyObject } from "../../src/machinery/object.ts";
import type { Inputs } from "../inputs.ts";
import { must, type Target } from "../target.ts";
import { encoded } from "./formats.ts";

const served = bases.map(({ path, object }) => ({ path: path.replaceAll("{ns}", "default"), object: object as AnyObject }));
const contentTypes = [
  "application/json",
  "application/yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "application/vnd.kubernetes.protobuf",
  "",
  "text/plain",
];
const accepts = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "*/*",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
];
const queries = [
  "",
  "dryRun=All",
  "fieldManager=a&force=true",
  "limit=1&continue=x",
  "labelSelector=a in (b)",
  "fieldSelector=metadata.name=a",
  "resourceVersion=0",
  "resourceVersion=x&resourceVersionMatch=Exact",
  "fieldValidation=Strict",
  "propagationPolicy=Orphan&gracePeriodSeconds=0",
];

/** A server that takes requests until it has taken many: what they leave behind must not slow it down. */
class Door {
  #test: TestServer | undefined;
  #asked = 0;
  failure: unknown;

  async ask(method: string, url: string, body: string | Uint8Array | undefined, headers: Record<string, string>) {
    if (!this.#test || ++this.#asked % 2000 === 0) this.#test = await this.#started();
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return await this.#test.raw(method, url, { headers, ...(bytes ? { body: bytes } : {}) });
  }

  #started(): Promise<TestServer> {
    const logger: Logger = {
      ...silentLogger,
      child: () => logger,
      error: (_message, fields) => {
        this.failure = fields;
      },
    };
    return TestServer.started({}, undefined, {}, logger);
  }
}

function bodyOf(inputs: Inputs, object: AnyObject, type: string): string | Uint8Array {
  if (type === "application/vnd.kubernetes.protobuf") return inputs.bytes(inputs.pick(encoded).bytes);
  if (inputs.below(3) === 0) return inputs.text([JSON.stringify(object)]);
  if (type !== "application/json-patch+json") return JSON.stringify(inputs.like(object));
  const path = inputs.text(["/metadata/labels/a", "/spec", "/metadata/name", "/metadata/labels/__proto__"]);
  return JSON.stringify([
    { op: inputs.pick(["add", "remove", "replace", "copy", "move", "test"]), path, from: "/metadata", value: inputs.value() },
  ]);
}

/** Requests as anybody sends them. Whatever they are, the server answers, and not that it has failed. */
function requests(): Target {
  const door = new Door();
  return {
    name: "requests",
    weight: 4,
    async run(inputs, show) {
      const { path, object } = inputs.pick(served);
      const method = inputs.pick(["GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE"]);
      const single = `${path}/${object.metadata.name}`;
      const plain = method === "POST" ? path : inputs.pick([path, single, single, `${single}/status`]);
      const url = `${inputs.below(5) === 0 ? inputs.text([plain]).replaceAll("?", "") : plain}?${inputs.text([inputs.pick(queries)])}`;
      const type =
        method === "PATCH" ? inputs.pick(contentTypes.slice(2, 6)) : inputs.below(4) === 0 ? inputs.pick(contentTypes) : "application/json";
      const body = method === "GET" ? undefined : bodyOf(inputs, object, type);
      const headers = { "content-type": type, accept: inputs.pick(accepts) };
      const sent = { method, url: url.startsWith("/") ? url : `/${url}`, body, headers };
      show(sent);
      door.failure = undefined;
      const { status } = await door.ask(sent.method, sent.url, body, headers);
      if (door.failure !== undefined) throw new Error(`the server failed: ${JSON.stringify(door.failure)}`);
      must(status >= 200 && status < 600, `it answered with ${status}`);
    },
  };
}

export const requestTargets: readonly Target[] = [requests()];
