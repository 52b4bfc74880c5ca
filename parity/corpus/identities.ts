import { create, get, type Jwt, type Request, type Sequence } from "../sequences.ts";

/** Asked of servers with issuers, webhooks and certificates. */
export const accessWorld = true;

const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const anyone = { user: null };

/** Who a token's owner is; what its review says is in the tokens of webhooks. */
const shown = (jwt: Jwt): Request => create(whoAmI, {}, { ...anyone, jwt });
const a = (claims: Record<string, unknown> = {}, more: Jwt = {}): Request =>
  shown({ claims: { realm: "main", uid: "u-1", ...claims }, ...more });
const b = (claims: Record<string, unknown> = {}, more: Jwt = {}): Request =>
  shown({ key: "b", claims: { iss: "{issuer}/b", ...claims }, ...more });

const hex = (value: object) => Buffer.from(JSON.stringify(value)).toString("hex");
/** A token of which the webhook says this; `{asked}` in it stands for what it was asked. */
const hookToken = (answer: object) => `hook~${hex(answer)}~`;
const bearer = (token: string, path = whoAmI): Request =>
  path === whoAmI
    ? create(whoAmI, {}, { ...anyone, headers: { authorization: `Bearer ${token}` } })
    : get(path, { ...anyone, headers: { authorization: `Bearer ${token}` } });
const known = (more: object = {}) => ({
  status: { authenticated: true, user: { username: "hook-user", uid: "1", groups: ["g"], extra: { asked: ["{asked}"] } }, ...more },
});
const review = (token: string, audiences?: readonly string[]): Request =>
  create(reviews, { spec: { token, ...(audiences ? { audiences } : {}) } }, { pick: (body) => (body as { status: unknown }).status });

const proxied = (headers: Record<string, string | string[]>, certificate = "proxy"): Request =>
  create(whoAmI, {}, { ...anyone, certificate, headers });

const access = (user: string, groups: readonly string[], resourceAttributes: object): Request =>
  create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    spec: { user, ...(groups.length > 0 ? { groups } : {}), resourceAttributes },
  });
const hooked = (answer: object, prefix = "hooked") => `${prefix}:~${hex(answer)}~`;
const pods = { verb: "list", resource: "pods", namespace: "{ns}" };

const bootstrap = (id: string, data: object, more: object = {}): Request =>
  create("/api/v1/namespaces/kube-system/secrets", {
    metadata: { name: `bootstrap-token-${id}` },
    type: "bootstrap.kubernetes.io/token",
    stringData: { "token-id": id, "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true", ...data },
    ...more,
  });
const withBootstrap = (id: string, status = 201, secret = "0123456789abcdef"): Request => ({
  ...bearer(`${id}.${secret}`),
  until: (answer) => answer.status === status,
});

const sequences: Sequence[] = [
  {
    name: "an issuer by claims",
    steps: [
      { ...a(), until: (answer) => answer.status === 201 },
      a({ sub: "system:admin" }),
      a({ groups: ["x", "y"] }),
      a({ groups: "x" }),
      a({ groups: [] }),
      a({ groups: 5 }),
      a({ groups: ["x", 5] }),
      a({ groups: null }),
      a({ sub: null }),
      a({ sub: 5 }),
      a({ sub: "" }),
      a({ uid: null }),
      a({ uid: 5 }),
      a({ jti: "id-1" }),
      a({ jti: 5 }),
      a({ realm: null }),
      a({ realm: "other" }),
      a({ realm: 5 }),
      a({ aud: "other" }),
      a({ aud: ["other", "kybern"] }),
      a({ aud: [] }),
      a({ aud: null }),
      a({}, { lastsSeconds: -10 }),
      a({ exp: null }),
      a({ nbf: 1 }),
      a({ nbf: 99999999999 }),
      a({ iss: "{issuer}/c" }),
      a({ iss: "{issuer}/a/" }),
      a({}, { key: "b" }),
      a({}, { key: "b", kid: "a" }),
      a({}, { key: "unknown" }),
      a({}, { algorithm: "PS256" }),
      a({}, { algorithm: "RS512" }),
      a({ _claim_names: { groups: "src" } }),
      a({ _claim_names: { groups: "src" }, _claim_sources: {} }),
      a({ _claim_names: { groups: "src" }, _claim_sources: { src: {} } }),
      a({ __proto__: { groups: ["x"] }, constructor: "x" }),
    ],
  },
  {
    name: "an issuer by expressions",
    steps: [
      { ...b(), until: (answer) => answer.status === 201 },
      b({ email: "jane@example.com" }),
      b({ email: "jane@example.com", email_verified: true }),
      b({ email: "jane@example.com", email_verified: false }),
      b({ email: "jane@example.com", email_verified: "yes" }),
      b({ email: 5 }),
      b({ sub: null }),
      b({ sub: "system:admin" }),
      b({ roles: ["x", "", "y"] }),
      b({ roles: "x" }),
      b({ roles: "" }),
      b({ roles: 5 }),
      b({ roles: ["x", 5] }),
      b({ roles: ["system:masters"] }),
      b({ nested: { id: "n-1" } }),
      b({ nested: "x" }),
      b({ nested: { id: 5 } }),
      b({ tenant: "t" }),
      b({ tenant: ["t", "u"], scopes: ["read", "write"] }),
      b({ scopes: 5 }),
      b({ aud: "other" }),
      b({ aud: "third" }),
      b({}, { lastsSeconds: 7300 }),
      b({ iat: null }),
      b({ iss: "{issuer}/b-elsewhere" }),
    ],
  },
  {
    name: "anonymous requests where they may be",
    steps: [
      ...[
        "/livez",
        "/readyz",
        "/healthz",
        "/version",
        "/version/",
        "/livez/",
        "/livez/ping",
        "/api",
        "/apis",
        "/openapi/v2",
        "/metrics",
        "//livez",
        "/livez?verbose",
      ].map((path) => get(path, { ...anyone, pick: () => "" })),
      get(configMaps, anyone),
      create(whoAmI, {}, anyone),
      get("/version", { ...anyone, headers: { authorization: "Bearer wrong" } }),
      get("/livez", { ...anyone, headers: { authorization: "Basic YTpi" } }),
    ],
  },
  {
    name: "a webhook that knows tokens",
    steps: [
      bearer(hookToken(known())),
      bearer(hookToken({ status: { authenticated: false } })),
      bearer(hookToken({ status: { authenticated: false, error: "no such token" } })),
      bearer(hookToken({ status: { authenticated: true, user: { username: "" } } })),
      bearer(hookToken({ status: { authenticated: true, user: { username: "x", groups: ["system:authenticated"] } } })),
      bearer(hookToken(known({ audiences: ["other"] }))),
      bearer(hookToken(known({ audiences: ["https://kubernetes.default.svc", "other"] }))),
      bearer(hookToken({ code: 403, raw: "{}" })),
      bearer(hookToken({ code: 200, raw: "nonsense" })),
      bearer("unknown"),
      review(hookToken(known())),
      review(hookToken(known()), ["other"]),
      review(hookToken(known({ audiences: ["other"] })), ["other", "third"]),
      review(hookToken({ status: { authenticated: false, error: "no such token" } })),
      review(hookToken({ code: 403, raw: "{}" })),
      review(hookToken({ code: 404, raw: "x" })),
      review("unknown"),
      create(reviews, { spec: { token: "abcdef.0123456789abcdef" } }),
    ],
  },
  {
    name: "client certificates",
    steps: [
      ...["client", "clientProxy", "nameless", "server", "stranger", "proxy"].map((certificate) =>
        create(whoAmI, {}, { ...anyone, certificate }),
      ),
      ...["client", "nameless", "server", "stranger"].map((certificate) => get("/livez", { ...anyone, certificate, pick: () => "" })),
      create(whoAmI, {}, { certificate: "server" }),
      create(whoAmI, {}, { certificate: "client" }),
      create(whoAmI, {}, { ...anyone, certificate: "client", headers: { authorization: "Bearer wrong" } }),
      create(whoAmI, {}, { ...anyone, certificate: "server", headers: { authorization: "Bearer wrong" } }),
    ],
  },
  {
    name: "a proxy in front",
    steps: [
      proxied({ "x-remote-user": "jane" }),
      proxied({ "x-remote-user": "jane", "x-remote-group": "devs" }),
      proxied({ "x-remote-user": "jane", "x-remote-group": ["devs", "cn=ops,ou=x"], "x-remote-uid": "7" }),
      proxied({ "x-remote-user": "jane", "x-remote-extra-scopes": ["a", "b"], "x-remote-extra-Acme.com%2FProject": "p" }),
      proxied({ "x-other-user": "john" }),
      proxied({ "x-remote-user": "jane", "x-other-user": "john" }),
      proxied({ "x-remote-user": "system:anonymous", "x-remote-group": "system:unauthenticated" }),
      proxied({ "x-remote-user": "jane", "x-remote-group": "system:authenticated" }),
      proxied({ "x-remote-group": "devs" }),
      proxied({ "x-remote-user": "jane", "x-remote-group": "system:masters" }, "stranger"),
      proxied({ "x-remote-user": "jane", "x-remote-group": "system:masters" }, "clientProxy"),
      proxied({ "x-remote-user": "jane", "x-remote-group": "system:masters" }, "client"),
      proxied({ "x-remote-user": "jane", "x-remote-group": "system:masters" }, "server"),
      create(whoAmI, {}, { ...anyone, headers: { "x-remote-user": "jane", "x-remote-group": "system:masters" } }),
      create(whoAmI, {}, { headers: { "x-remote-user": "jane" } }),
      {
        ...get(configMaps, { ...anyone, certificate: "proxy", headers: { "x-remote-user": "jane", "x-remote-group": "system:masters" } }),
        pick: () => "",
      },
      {
        ...create(whoAmI, {}, { ...anyone, certificate: "proxy" }),
        headers: { "x-remote-user": "jane", "x-remote-group": "system:masters", "impersonate-user": "john" },
      },
      { ...create(whoAmI, {}, { ...anyone, certificate: "proxy" }), headers: { "x-remote-user": "jane", "impersonate-user": "john" } },
      create(whoAmI, {}, { certificate: "proxy", headers: { "x-remote-user": "jane" } }),
      create(whoAmI, {}, { certificate: "stranger", headers: { "x-remote-user": "jane" } }),
    ],
  },
  {
    name: "bootstrap tokens",
    alone: true,
    steps: [
      bootstrap("aaaaaa", { "auth-extra-groups": "system:bootstrappers:b,system:bootstrappers:a" }),
      withBootstrap("aaaaaa"),
      bearer("aaaaaa.0123456789abcdeX"),
      bearer("aaaaaa.0123456789abcdee"),
      bearer("AAAAAA.0123456789abcdef"),
      bearer("aaaaa.0123456789abcdef"),
      bearer("aaaaaa.0123456789abcdef", "/api/v1/nodes"),
      review("aaaaaa.0123456789abcdef"),
      review("aaaaaa.0123456789abcdef", ["other"]),
      bootstrap("bbbbbb", { expiration: "2020-01-01T00:00:00Z" }),
      bootstrap("cccccc", { expiration: "2120-01-01T00:00:00Z" }),
      withBootstrap("cccccc"),
      withBootstrap("bbbbbb", 401),
      bootstrap("dddddd", { "usage-bootstrap-authentication": "false" }),
      bootstrap("eeeeee", { "auth-extra-groups": "devs" }),
      bootstrap("ffffff", { "token-id": "gggggg" }),
      bootstrap("hhhhhh", {}, { type: "Opaque" }),
      bootstrap("iiiiii", { expiration: "tomorrow" }),
      bootstrap("jjjjjj", { expiration: "2120-01-01T00:00:00+02:00" }),
      withBootstrap("jjjjjj"),
      ...["dddddd", "eeeeee", "ffffff", "hhhhhh", "iiiiii"].map((id) => withBootstrap(id, 401)),
    ],
  },
  {
    name: "a webhook that decides",
    steps: [
      access(hooked({ status: { allowed: true, reason: "{asked}" } }), ["g"], pods),
      access(hooked({ status: { allowed: false, reason: "{asked}" } }), ["g"], pods),
      access(hooked({ status: { allowed: false, denied: true, reason: "never" } }), [], pods),
      access(hooked({ status: { allowed: true, denied: true, reason: "both" } }), [], pods),
      access(hooked({ status: { allowed: true } }), ["system:masters"], pods),
      access(hooked({ status: { allowed: true, reason: "{asked}" } }), [], { verb: "list", resource: "services" }),
      access(hooked({ status: { allowed: true, reason: "{asked}" } }), [], {
        verb: "list",
        group: "apps",
        version: "v1",
        resource: "deployments",
        subresource: "scale",
        name: "n",
        fieldSelector: { rawSelector: "metadata.name=n,spec.x!=y" },
        labelSelector: { rawSelector: "a=b,c in (d,e),f,!g,h notin (i)" },
      }),
      access(hooked({ status: { allowed: true, reason: "{asked}" } }), [], {
        verb: "list",
        resource: "pods",
        fieldSelector: {
          requirements: [
            { key: "a", operator: "In", values: ["b"] },
            { key: "c", operator: "Exists" },
          ],
        },
        labelSelector: {
          requirements: [
            { key: "a", operator: "Exists" },
            { key: "b", operator: "Other" },
          ],
        },
      }),
      create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
        spec: {
          user: hooked({ status: { allowed: true, reason: "{asked}" } }),
          uid: "7",
          extra: { scopes: ["a"] },
          nonResourceAttributes: { path: "/x", verb: "get" },
        },
      }),
      access(hooked({ code: 403, raw: "{}" }), [], pods),
      access(hooked({ code: 404, raw: "x" }), [], pods),
      access(hooked({ code: 200, raw: "nonsense" }), [], pods),
      access(hooked({ status: { allowed: true, reason: "{asked}" } }, "strict"), ["g", "h"], pods),
      access(hooked({ status: { allowed: false } }, "strict"), [], pods),
      access(hooked({ code: 403, raw: "{}" }, "strict"), [], pods),
      access(hooked({ status: { allowed: true } }, "strict"), [], { verb: "watch", resource: "pods" }),
      access(hooked({ status: { allowed: true } }, "other"), [], pods),
      get(configMaps, { user: hooked({ status: { allowed: true } }), pick: () => "" }),
      get(configMaps, { user: hooked({ status: { allowed: false, reason: "not today" } }) }),
      get(configMaps, { user: hooked({ status: { allowed: false, denied: true, reason: "never" } }) }),
      get(`${configMaps}?labelSelector=a%3Db&fieldSelector=metadata.name%3Dx`, {
        user: hooked({ status: { allowed: false, reason: "{asked}" } }),
      }),
      get(configMaps, { user: hooked({ code: 403, raw: "{}" }) }),
      get(configMaps, { user: hooked({ code: 403, raw: "{}" }, "strict") }),
      get("/metrics", { user: hooked({ status: { allowed: false, reason: "{asked}" } }) }),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        { spec: { namespace: "{ns}" } },
        {
          user: "hooked:x",
          pick: (body) =>
            [(body as { status: { evaluationError: string; incomplete: boolean } }).status].map(({ evaluationError, incomplete }) => ({
              evaluationError,
              incomplete,
            })),
        },
      ),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        { spec: { resourceAttributes: pods } },
        { user: hooked({ status: { allowed: true, reason: "yes" } }) },
      ),
    ],
  },
];

export default sequences;
