import { gzipSync } from "node:zlib";
import { life } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

/** Headers that servers may look at or leave alone. */
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const map = (name: string) => ({ metadata: { name }, data: { a: "b" } });
const withHeaders = (headers: Record<string, string>, path = `${configMaps}/a`): Request => get(path, { headers });
const managerOf = (body: unknown) =>
  (body as { metadata?: { managedFields?: { manager: string }[] } }).metadata?.managedFields?.map(({ manager }) => manager);

const asked: readonly Record<string, string>[] = [
  { "if-match": '"x"' },
  { "if-none-match": "*" },
  { "if-modified-since": "Wed, 21 Oct 2065 07:28:00 GMT" },
  { "if-unmodified-since": "Wed, 21 Oct 2015 07:28:00 GMT" },
  { range: "bytes=0-10" },
  { "cache-control": "no-cache" },
  { pragma: "no-cache" },
  { "x-http-method-override": "DELETE" },
  { "x-method-override": "PUT" },
  { "accept-language": "de" },
  { "accept-charset": "utf-16" },
  { origin: "https://example.com" },
  { origin: "https://example.com", "access-control-request-method": "POST" },
  { referer: "https://example.com", dnt: "1" },
  { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
  { "x-request-id": "abc", "x-forwarded-proto": "http", "x-forwarded-host": "h", forwarded: "for=1.2.3.4" },
  { "audit-id": "x".repeat(70) },
  { cookie: "a=b" },
  { host: "example.com" },
  { "x-remote-user": "somebody", "x-remote-group": "system:masters" },
  { "impersonate-user": "x", "impersonate-group": "system:masters" },
  { "impersonate-user": "system:serviceaccount:{ns}:default" },
  { "impersonate-user": "system:serviceaccount:only" },
  { "impersonate-uid": "5" },
  { "impersonate-extra-a": "b" },
  { te: "trailers" },
  { "accept-encoding": "br" },
  { "accept-encoding": "gzip;q=0.5, br" },
];

const sequences: Sequence[] = [
  life(
    "conditions and ranges of reads",
    create(configMaps, map("a")),
    ...asked.map((headers) => withHeaders(headers)),
    withHeaders({ "access-control-request-method": "GET", origin: "https://example.com" }, "/api"),
    { method: "OPTIONS", path: configMaps, headers: { origin: "https://example.com", "access-control-request-method": "GET" } },
    withHeaders({ "if-none-match": "*" }, "/api"),
    withHeaders({ range: "bytes=0-10" }, "/version"),
    withHeaders({ range: "bytes=0-1" }, "/livez"),
  ),
  life(
    "headers of writes",
    create(configMaps, map("a"), { headers: { "if-none-match": "*" } }),
    put(`${configMaps}/a`, map("a"), { headers: { "if-match": '"no"' } }),
    create(configMaps, map("b"), { headers: { "content-encoding": "identity" } }),
    {
      method: "POST",
      path: configMaps,
      raw: gzipSync(JSON.stringify(map("c"))),
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
    },
    {
      method: "POST",
      path: configMaps,
      raw: JSON.stringify(map("d")),
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
    },
    {
      method: "POST",
      path: configMaps,
      raw: JSON.stringify(map("e")),
      headers: { "content-encoding": "br", "content-type": "application/json" },
    },
    create(configMaps, map("f"), { headers: { prefer: "return=minimal" } }),
    create(configMaps, map("g"), { headers: { "user-agent": "kubectl/v1.36.0 (linux/amd64) kubernetes/abc" }, pick: managerOf }),
    create(configMaps, map("h"), { headers: { "user-agent": "/odd" }, pick: managerOf }),
    create(configMaps, map("i"), { headers: { "user-agent": "" }, pick: (body) => (body as { kind: string }).kind }),
    create(configMaps, map("j"), { headers: { "user-agent": "x".repeat(200) }, pick: managerOf }),
    create(configMaps, map("k"), { headers: { "user-agent": "with space/1" }, pick: managerOf }),
    create(`${configMaps}?fieldManager=named`, map("l"), { headers: { "user-agent": "agent/1" }, pick: managerOf }),
    patch(
      "merge",
      `${configMaps}/l`,
      { data: { c: "d" } },
      { headers: { "user-agent": "other/2", "content-type": "application/merge-patch+json" }, pick: managerOf },
    ),
    remove(`${configMaps}/l`, undefined, { headers: { "content-type": "application/json" } }),
    remove(`${configMaps}/k`, undefined, { headers: { "content-type": "text/plain" } }),
    remove(`${configMaps}/j`, {}, { headers: { "content-type": "text/plain" } }),
    { method: "DELETE", path: `${configMaps}/j`, raw: "gracePeriodSeconds: 0\n", headers: { "content-type": "application/yaml" } },
    create(configMaps, map("m"), { headers: { accept: "application/vnd.kubernetes.protobuf, application/json" } }),
    create(configMaps, map("n"), { headers: { accept: "text/html" } }),
    get(`${configMaps}/n`),
    create(configMaps, map("o"), { headers: { "accept-encoding": "gzip" } }),
  ),
  life(
    "compressed answers",
    create(configMaps, { metadata: { name: "big" }, data: { a: "x".repeat(140_000) } }, { pick: () => "" }),
    ...["gzip", "gzip, deflate", "deflate", "identity", "*", "gzip;q=0", "x-gzip", ""].flatMap((encoding) => [
      get(`${configMaps}/big`, { headers: { "accept-encoding": encoding }, pick: () => "" }),
      get(configMaps, { headers: { "accept-encoding": encoding }, pick: () => "" }),
    ]),
    get(configMaps, { headers: { "accept-encoding": "gzip", accept: "application/yaml" }, pick: () => "" }),
    get(configMaps, { headers: { "accept-encoding": "gzip", accept: "application/vnd.kubernetes.protobuf" }, pick: () => "" }),
    get("/openapi/v3/api/v1", { headers: { "accept-encoding": "gzip" }, pick: () => "" }),
    get("/apis", { headers: { "accept-encoding": "gzip" }, pick: () => "" }),
  ),
];

export default sequences;
