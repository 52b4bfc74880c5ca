import { gzipSync } from "node:zlib";
import { create, get, type Request, type Sequence } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const json = { "content-type": "application/json" };
const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } };
const send = (raw: string | Uint8Array, headers: Record<string, string> = {}): Request => ({
  method: "POST",
  path: configMaps,
  raw,
  headers: { ...json, ...headers },
});
/** A time that has passed before anything is done. */
const tooLate = (method: string, path: string, body?: object): Request => ({ method, path, ...(body ? { body } : {}) });

export default [
  {
    name: "bodies that say they are compressed are taken as they are",
    steps: [
      send(gzipSync(JSON.stringify(map)), { "content-encoding": "gzip" }),
      send(JSON.stringify(map), { "content-encoding": "gzip" }),
      send(JSON.stringify({ ...map, metadata: { name: "n" } }), { "content-encoding": "nonsense" }),
    ],
  },
  {
    name: "bodies that are nested too deep",
    steps: [
      send("[".repeat(20_000)),
      send(`{"metadata":${'{"a":'.repeat(20_000)}`),
      send(`{"metadata":{"name":"m"},"data":${'{"a":'.repeat(10_001)}1${"}".repeat(10_001)}}`),
    ],
  },
  {
    name: "bodies that are too large",
    steps: [
      send(JSON.stringify({ ...map, data: { a: "x".repeat(3 * 1024 * 1024) } })),
      send(JSON.stringify({ ...map, data: { a: "x".repeat(2 * 1024 * 1024) } })),
    ],
  },
  {
    name: "the time that a request is given",
    steps: [
      get(`${configMaps}?timeout=5m`),
      get(`${configMaps}?timeout=2h45m`),
      get(`${configMaps}?timeout=-5s`),
      get(`${configMaps}?timeout=0`),
      get(`${configMaps}?timeout=`),
      get(`${configMaps}?timeout=5`),
      get(`${configMaps}?timeout=abc`),
      get(`${configMaps}?timeout=1x`),
      get(`/healthz?timeout=x`),
      get("/version?timeout=x", { user: null }),
      get("/nope?timeout=x"),
      get(`${configMaps}?watch=1&timeoutSeconds=1&timeout=x`),
      get("/api/v1/namespaces/{ns}/pods/none/log?timeout=x"),
      tooLate("GET", `${configMaps}?timeout=1ns`),
      tooLate("GET", "/version?timeout=1ns"),
      tooLate("POST", `${configMaps}?timeout=1ns`, map),
      create(`${configMaps}?timeout=10s`, { ...map, metadata: { name: "in-time" } }),
    ],
  },
] satisfies Sequence[];
