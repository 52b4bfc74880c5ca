import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, SignJWT } from "jose";
import { systemClock } from "../src/client/system-clock.ts";
import type { KeyPair } from "../src/cluster/certificate.ts";
import { CertificateStore } from "../src/cluster/certificates.ts";
import type { Jwt } from "./sequences.ts";

/** What both servers under comparison are started with that know clients by more than the token of the administrator. */
export class AccessWorld {
  /** Of kube-apiserver, without dashes. */
  readonly flags: Readonly<Record<string, string>>;
  readonly certificates: Readonly<Record<string, KeyPair>>;
  readonly url: string;
  readonly #server: Server;
  readonly #keys: Readonly<Record<string, KeyObject>>;

  private constructor(parts: Pick<AccessWorld, "flags" | "certificates" | "url"> & { server: Server; keys: Record<string, KeyObject> }) {
    this.flags = parts.flags;
    this.certificates = parts.certificates;
    this.url = parts.url;
    this.#server = parts.server;
    this.#keys = parts.keys;
  }

  static async started(directory: string): Promise<AccessWorld> {
    const store = new CertificateStore(join(directory, "world"), systemClock);
    const [authority, proxies, { certificate, key }] = await Promise.all([
      store.authority(),
      store.authority("front-proxy-ca"),
      store.certificate("world", { commonName: "world", usages: ["server"], addresses: ["127.0.0.1"] }),
    ]);
    const keys = Object.fromEntries(["a", "b", "unknown"].map((name) => [name, newKey(name)]));
    const server = createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void answer(url, keys, request, response));
    const file = (name: string, content: string) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    };
    const kubeconfig = (path: string) =>
      file(`${path.replaceAll("/", "-")}.kubeconfig`, kubeconfigOf(`${url}${path}`, authority.certificate));
    const webhookConfig = { access: kubeconfig("/access"), strict: kubeconfig("/strict") };
    return new AccessWorld({
      flags: {
        "authentication-config": file("authentication.yaml", JSON.stringify(authenticationConfig(url, authority.certificate))),
        "authentication-token-webhook-config-file": kubeconfig("/tokens"),
        "authentication-token-webhook-version": "v1",
        "enable-bootstrap-token-auth": "true",
        "client-ca-file": file("clients.crt", authority.certificate),
        "requestheader-client-ca-file": file("proxies.crt", proxies.certificate),
        "requestheader-allowed-names": "proxy,other-proxy",
        "requestheader-username-headers": "X-Remote-User,X-Other-User",
        "requestheader-uid-headers": "X-Remote-Uid",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "authorization-config": file("authorization.yaml", JSON.stringify(authorizationConfig(webhookConfig))),
      },
      certificates: {
        proxy: await proxies.issue({ commonName: "proxy", usages: ["client"] }),
        stranger: await proxies.issue({ commonName: "stranger", usages: ["client"] }),
        client: await authority.issue({ commonName: "someone", organizations: ["ones", "others"], usages: ["client"] }),
        clientProxy: await authority.issue({ commonName: "proxy", usages: ["client"] }),
        server: await authority.issue({ commonName: "server", usages: ["server"] }),
        nameless: await authority.issue({ commonName: "", organizations: ["ones"], usages: ["client"] }),
      },
      url,
      server,
      keys,
    });
  }

  /** A token as a step asks for it. */
  async sign({ claims = {}, key = "a", algorithm = "RS256", kid = key, lastsSeconds = 3600 }: Jwt): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all: Record<string, unknown> = { iss: `${this.url}/a`, aud: "kybern", iat: now, exp: now + lastsSeconds, sub: "jane", ...claims };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
    const filled = JSON.parse(JSON.stringify(given).replaceAll("{issuer}", this.url)) as Record<string, unknown>;
    return await new SignJWT(filled).setProtectedHeader({ alg: algorithm, kid }).sign(this.#keys[key] as KeyObject);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function newKey(_name: string): KeyObject {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }));
}

/** Issuers publish their keys; webhooks do what the token or the user's name asks for, in hex, and tell what they were asked. */
async function answer(
  url: string,
  keys: Readonly<Record<string, KeyObject>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = ""] = (request.url ?? "").split("?");
  const json = (status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  if (path === "/a/.well-known/openid-configuration") return json(200, { issuer: `${url}/a`, jwks_uri: `${url}/keys/a` });
  if (path === "/b-elsewhere") return json(200, { issuer: `${url}/b`, jwks_uri: `${url}/keys/b` });
  const [, name] = /^\/keys\/([ab])$/.exec(path) ?? [];
  if (name) {
    const jwk = await exportJWK(createPublicKey(keys[name] as KeyObject));
    return json(200, { keys: [{ ...jwk, kid: name, use: "sig", alg: "RS256" }] });
  }
  const review = JSON.parse(Buffer.concat(chunks).toString() || "{}") as {
    apiVersion: string;
    kind: string;
    spec: { token?: string; user?: string };
  };
  const asked = JSON.stringify(sorted({ ...review, spec: { ...review.spec, ...(review.spec?.token ? { token: "…" } : {}) } }));
  const coded = /~([0-9a-f]+)~/.exec(review.spec?.token ?? review.spec?.user ?? "")?.[1];
  if (!coded) return json(200, { apiVersion: review.apiVersion, kind: review.kind, status: {} });
  const { status, ...wanted } = JSON.parse(Buffer.from(coded, "hex").toString()) as { status?: object; code?: number; raw?: string };
  if (wanted.code || wanted.raw !== undefined) return json(wanted.code ?? 200, wanted.raw ?? "");
  const told = JSON.parse(JSON.stringify(status ?? {}).replaceAll('"{asked}"', JSON.stringify(asked))) as object;
  json(200, { apiVersion: review.apiVersion, kind: review.kind, status: told });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

function kubeconfigOf(server: string, authority: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") } }],
    users: [{ name: "u", user: { token: "secret" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

function authenticationConfig(url: string, certificateAuthority: string): object {
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    jwt: [
      {
        issuer: { url: `${url}/a`, audiences: ["kybern"], certificateAuthority },
        claimValidationRules: [{ claim: "realm", requiredValue: "main" }],
        claimMappings: {
          username: { claim: "sub", prefix: "a:" },
          groups: { claim: "groups", prefix: "a:" },
          uid: { claim: "uid" },
        },
      },
      {
        issuer: {
          url: `${url}/b`,
          discoveryURL: `${url}/b-elsewhere`,
          audiences: ["kybern", "other"],
          audienceMatchPolicy: "MatchAny",
          certificateAuthority,
        },
        claimValidationRules: [
          { expression: "claims.?email_verified.orValue(true) == true", message: "the address is not verified" },
          { expression: "claims.exp - claims.iat <= 7200.0" },
        ],
        claimMappings: {
          username: { expression: "'b:' + claims.?email.orValue(claims.sub)" },
          groups: { expression: "claims.?roles.orValue([])" },
          uid: { expression: "claims.?nested.?id.orValue('')" },
          extra: [
            { key: "example.com/tenant", valueExpression: "claims.?tenant.orValue('')" },
            { key: "example.com/scopes", valueExpression: "claims.?scopes.orValue([])" },
          ],
        },
        userValidationRules: [
          { expression: "!user.username.startsWith('b:system:')", message: "names of the system are reserved" },
          { expression: "user.groups.all(g, !g.startsWith('system:'))", message: "groups of the system are reserved" },
        ],
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: "/livez" }, { path: "/readyz" }, { path: "/version" }] },
  };
}

function authorizationConfig(kubeconfigs: Readonly<Record<"access" | "strict", string>>): object {
  const webhook = (name: "access" | "strict", failurePolicy: string, ...expressions: string[]) => ({
    type: "Webhook",
    name,
    webhook: {
      timeout: "3s",
      subjectAccessReviewVersion: name === "access" ? "v1" : "v1beta1",
      matchConditionSubjectAccessReviewVersion: "v1",
      failurePolicy,
      connectionInfo: { type: "KubeConfigFile", kubeConfigFile: kubeconfigs[name] },
      matchConditions: expressions.map((expression) => ({ expression })),
    },
  });
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthorizationConfiguration",
    authorizers: [
      webhook(
        "access",
        "NoOpinion",
        "request.user.startsWith('hooked:')",
        "!('system:masters' in request.groups)",
        "!has(request.resourceAttributes) || request.resourceAttributes.resource != 'services'",
      ),
      webhook(
        "strict",
        "Deny",
        "request.user.startsWith('strict:')",
        "has(request.resourceAttributes) && request.resourceAttributes.verb != 'watch'",
      ),
      { type: "Node", name: "node" },
      { type: "RBAC", name: "rbac" },
    ],
  };
}
