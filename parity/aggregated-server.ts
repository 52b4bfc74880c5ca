import type { IncomingMessage, ServerResponse } from "node:http";

/** What is told of a request's headers. Those that have ports in them are named only. */
const told = /^(x-remote-|accept$|content-type$|authorization$|impersonate-|audit-id$|x-forwarded-for$|user-agent$)/;

const resources = [
  { name: "things", singularName: "thing", namespaced: true, kind: "Thing", verbs: ["get", "list", "create", "watch"], shortNames: ["th"] },
  { name: "things/status", singularName: "", namespaced: true, kind: "Thing", verbs: ["get"] },
  { name: "places", singularName: "place", namespaced: false, kind: "Place", verbs: ["get"], categories: ["all"] },
];

/**
 * Answers as an aggregated API server: tells of every group version that it has things and places, and of every other request what
 * came. Parts of a name say what else it does: `status-418`, `redirect`, `plain`, `empty`.
 */
export function answerAsServer(request: IncomingMessage, body: string, response: ServerResponse): void {
  const url = request.url ?? "";
  const [path = ""] = url.split("?");
  const [, root, group = "", version = "", ...rest] = path.split("/");
  const json = (status: number, object: object, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(object));
  };
  const plain = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain" });
    response.end(text);
  };
  if (root === "openapi") {
    const isDocument = group === "v3" && version === "apis";
    if (isDocument) json(200, { openapi: "3.0.0", info: { title: "Things", version: "1" }, paths: {} });
    else plain(404, "no such document\n");
    return;
  }
  if (version === "") {
    plain(404, "404 page not found\n");
    return;
  }
  if (version === "v1broken") {
    plain(500, "broken\n");
    return;
  }
  if (rest.length === 0) {
    json(200, { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${group}/${version}`, resources });
    return;
  }
  const status = /status-(\d+)/.exec(path)?.[1];
  if (path.includes("redirect")) json(302, {}, { location: "https://elsewhere.example.com/" });
  else if (path.includes("plain")) plain(Number(status ?? 200), "a plain word\n");
  else if (path.includes("empty")) {
    response.writeHead(204);
    response.end();
  } else {
    const headers = Object.fromEntries(Object.entries(request.headersDistinct).filter(([name]) => told.test(name)));
    const own = { kind: "Echo", apiVersion: `${group}/${version}`, method: request.method, url, headers, body };
    json(Number(status ?? 200), own, { "x-own": "kept", "cache-control": "no-store", vary: "Own" });
  }
}
