import { type Answer, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const accounts = "/api/v1/namespaces/{ns}/serviceaccounts";
const token = `${accounts}/default/token`;
const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const reviews = "/apis/authentication.k8s.io/v1/tokenreviews";
const pods = "/api/v1/namespaces/{ns}/pods";
const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { serviceAccountName: "default", containers: [{ name: "a", image: "a" }], ...spec },
});

const tokenOf = (answers: readonly Answer[], at: number): string => answers.at(at)?.body?.status?.token ?? "";

/** Asked with the token that an earlier step was given. */
const withToken =
  (at: number, request: Request): Step =>
  (answers) => ({ ...request, user: null, headers: { ...request.headers, authorization: `Bearer ${tokenOf(answers, at)}` } });

const review =
  (at: number, more: object = {}): Step =>
  (answers) =>
    create(reviews, { spec: { token: tokenOf(answers, at), ...more } });

/** A token whose parts are changed. */
const forged = (at: number, change: (parts: string[]) => string[]): Step[] => {
  const made = (answers: readonly Answer[]) => change(tokenOf(answers, at).split(".")).join(".");
  return [
    (answers) => get("/api/v1/namespaces/{ns}", { user: null, headers: { authorization: `Bearer ${made(answers)}` } }),
    (answers) => create(reviews, { spec: { token: made(answers) } }, { pick: (body) => (body as { status: object }).status }),
  ];
};

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
/** What a token claims, but for what differs between two runs. */
const claims = (body: unknown) => {
  const { status } = body as { status?: { token?: string } };
  if (!status?.token) return body;
  const { exp, iat, nbf, ...rest } = decode(status.token.split(".")[1]) as Record<"exp" | "iat" | "nbf", number> & {
    "kubernetes.io": { warnafter?: number };
  };
  const { warnafter, ...own } = rest["kubernetes.io"];
  return { ...rest, "kubernetes.io": own, lasts: exp - iat, begins: nbf - iat, ...(warnafter ? { warns: warnafter - iat } : {}) };
};

const invalid: [string, object][] = [
  ["too short", { expirationSeconds: 599 }],
  ["negative", { expirationSeconds: -1 }],
  ["too long", { expirationSeconds: 4294967297 }],
  ["bound to a config map", { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "a" } }],
  ["bound to a deployment", { boundObjectRef: { kind: "Deployment", apiVersion: "apps/v1", name: "a" } }],
  ["bound to no kind", { boundObjectRef: { name: "a" } }],
  ["bound to a missing pod", { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "a" } }],
  ["bound to a missing secret", { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "a" } }],
  ["bound to a missing node", { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "a-{u}" } }],
  ["audiences of the wrong type", { audiences: "a" }],
];

const sequences: Sequence[] = [
  { name: "requests that are refused", steps: invalid.map(([, spec]) => create(token, { spec })) },
  {
    name: "requests",
    steps: [
      create(token, {}),
      create(token, { spec: {} }, { pick: claims }),
      create(token, { spec: { expirationSeconds: 600, audiences: ["a", "b"] } }, { pick: claims }),
      create(token, { spec: { audiences: [] } }, { pick: claims }),
      create(token, { spec: { expirationSeconds: 3607 } }, { pick: claims }),
      create(token, { metadata: { name: "other" }, spec: {} }),
      create(token, { metadata: { namespace: "other" }, spec: {} }),
      create(token, { metadata: { uid: "11111111-1111-1111-1111-111111111111" }, spec: {} }),
      create(`${accounts}/other/token`, { spec: {} }),
      create(`${token}?dryRun=All`, { spec: {} }),
      get(token),
      put(token, {}),
      remove(token),
      create(token, { apiVersion: "v1", kind: "ServiceAccount" }),
      create(token, { spec: { unknown: 1 } }),
    ],
  },
  {
    name: "bound to a pod",
    steps: [
      create(pods, pod("p")),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }, { pick: claims }),
      create(token, { spec: { expirationSeconds: 3607, boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }, { pick: claims }),
      create(
        token,
        { spec: { expirationSeconds: 3607, audiences: ["other"], boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } },
        { pick: claims },
      ),
      create(token, {
        spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p", uid: "11111111-1111-1111-1111-111111111111" } },
      }),
      create(accounts, { metadata: { name: "other" } }),
      create(`${accounts}/other/token`, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }),
      withToken(1, create(whoAmI, {})),
      review(1),
      remove(`${pods}/p`, { gracePeriodSeconds: 0 }),
      // A token that has been good is for ten seconds with upstream: this one hasn't been looked at.
      (answers) => create(reviews, { spec: { token: tokenOf(answers, 1), audiences: ["https://kubernetes.default.svc", "x"] } }),
    ],
  },
  {
    name: "bound to a pod that is gone",
    steps: [
      create(pods, pod("p")),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }),
      remove(`${pods}/p`, { gracePeriodSeconds: 0 }),
      withToken(1, get("/api/v1/namespaces/{ns}")),
      review(1),
      create(pods, pod("p")),
      withToken(1, get("/api/v1/namespaces/{ns}")),
      (answers) => create(reviews, { spec: { token: tokenOf(answers, 1) } }, { pick: (body) => (body as { status: object }).status }),
    ],
  },
  {
    name: "bound to a pod on a node",
    steps: [
      create("/api/v1/nodes", { metadata: { name: "node-{u}" } }),
      create(pods, pod("p", { nodeName: "node-{u}" })),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }, { pick: claims }),
      withToken(2, create(whoAmI, {})),
      remove("/api/v1/nodes/node-{u}"),
      withToken(2, create(whoAmI, {})),
      create(pods, pod("q", { nodeName: "node-{u}" })),
      create(token, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "q" } } }, { pick: claims }),
    ],
  },
  {
    name: "bound to a secret",
    steps: [
      create("/api/v1/namespaces/{ns}/secrets", { metadata: { name: "s" } }),
      create(token, { spec: { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "s" } } }),
      create(token, { spec: { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "s" } } }),
      withToken(1, create(whoAmI, {})),
      remove("/api/v1/namespaces/{ns}/secrets/s"),
      withToken(2, create(whoAmI, {})),
      review(2),
    ],
  },
  {
    name: "bound to a node",
    steps: [
      create("/api/v1/nodes", { metadata: { name: "node-{u}" } }),
      create(token, { spec: { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "node-{u}" } } }, { pick: claims }),
      create(token, { spec: { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "node-{u}" } } }),
      create(token, { spec: { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "node-{u}" } } }),
      withToken(2, create(whoAmI, {})),
      remove("/api/v1/nodes/node-{u}"),
      withToken(3, create(whoAmI, {})),
      review(3),
    ],
  },
  {
    name: "of an account that is gone",
    steps: [
      create(accounts, { metadata: { name: "robot" } }),
      create(`${accounts}/robot/token`, { spec: {} }),
      remove(`${accounts}/robot`),
      withToken(1, get("/api/v1/namespaces/{ns}")),
      review(1),
      create(accounts, { metadata: { name: "robot" } }),
      (answers) => create(reviews, { spec: { token: tokenOf(answers, 1) } }, { pick: (body) => (body as { status: object }).status }),
    ],
  },
  {
    name: "audiences",
    steps: [
      create(token, { spec: { audiences: ["vault", "https://kubernetes.default.svc"] } }),
      create(token, { spec: { audiences: ["vault"] } }),
      create(token, { spec: {} }),
      withToken(0, create(whoAmI, {})),
      withToken(1, create(whoAmI, {})),
      review(0),
      review(0, { audiences: ["vault"] }),
      review(0, { audiences: ["vault", "other"] }),
      review(0, { audiences: ["other"] }),
      review(0, { audiences: ["https://kubernetes.default.svc", "vault"] }),
      review(1),
      review(1, { audiences: ["vault"] }),
      review(2, { audiences: ["vault"] }),
      review(2, { audiences: [""] }),
      create(reviews, { spec: { token: "admintoken" } }),
      create(reviews, { spec: { token: "admintoken", audiences: ["vault"] } }),
      create(reviews, { spec: { token: "admintoken", audiences: ["vault", "https://kubernetes.default.svc"] } }),
    ],
  },
  {
    name: "forgeries",
    steps: [
      create(token, { spec: {} }),
      ...forged(0, ([, body = ""]) => [encode({ alg: "none" }), body, ""]),
      ...forged(0, ([, body = "", signature = ""]) => [encode({ alg: "none" }), body, signature]),
      ...forged(0, ([, body = "", signature = ""]) => [encode({ alg: "HS256", kid: "x" }), body, signature]),
      ...forged(0, ([head = "", body = "", signature = ""]) => [encode({ ...decode(head), kid: "forged" }), body, signature]),
      ...forged(0, ([head = "", body = "", signature = ""]) => [
        head,
        encode({ ...decode(body), sub: "system:serviceaccount:kube-system:default" }),
        signature,
      ]),
      ...forged(0, ([head = "", body = "", signature = ""]) => [head, encode({ ...decode(body), iss: "https://other" }), signature]),
      ...forged(0, ([head = "", body = "", signature = ""]) => [
        head,
        encode({ ...decode(body), iss: "kubernetes/serviceaccount" }),
        signature,
      ]),
      ...forged(0, ([head = "", body = ""]) => [head, body, ""]),
      ...forged(0, ([head = "", body = ""]) => [head, body]),
      ...forged(0, ([, body = "", signature = ""]) => ["e30", body, signature]),
      ...forged(0, ([head = "", , signature = ""]) => [head, "e30", signature]),
      ...forged(0, ([head = "", , signature = ""]) => [head, "nonsense", signature]),
      ...forged(0, ([head = "", body = "", signature = ""]) => [head, body, signature, "x"]),
    ],
  },
  {
    name: "reviews",
    steps: [
      create(reviews, { spec: { token: "" } }),
      create(reviews, {}),
      create(reviews, { spec: { token: "a b" } }),
      create(reviews, { spec: { token: "abcdef.0123456789abcdef" } }),
      create(reviews, { metadata: { name: "x", labels: { a: "b" } }, spec: { token: "nonsense" } }),
      create(reviews, { spec: { token: "nonsense" } }, { user: "nobody-{u}" }),
      create(`${reviews}?dryRun=All`, { spec: { token: "nonsense" } }),
      get(reviews),
      get("/openid/v1/jwks", { user: "nobody-{u}" }),
      get("/.well-known/openid-configuration", { user: "nobody-{u}" }),
      get("/.well-known/openid-configuration", { user: { name: "nobody-{u}", groups: ["system:serviceaccounts"] }, pick: () => "" }),
      get("/openid/v1/jwks", { user: { name: "nobody-{u}", groups: ["system:serviceaccounts"] }, pick: () => "" }),
      { method: "POST", path: "/openid/v1/jwks" },
      get("/openid/v1/jwks/"),
      get("/openid/v1"),
      get("/.well-known"),
      get("/.well-known/openid-configuration/", { pick: (body) => Object.keys(body as object) }),
      create("/apis/authentication.k8s.io/v1beta1/selfsubjectreviews", {}),
      create("/apis/authentication.k8s.io/v1alpha1/selfsubjectreviews", {}),
      create(whoAmI, { metadata: { name: "x" } }),
      create(`${whoAmI}?dryRun=All`, {}),
      get(whoAmI),
      patch("merge", `${whoAmI}/x`, {}),
    ],
  },
  {
    name: "secrets of accounts",
    steps: [
      create("/api/v1/namespaces/{ns}/secrets", { metadata: { name: "a" }, type: "kubernetes.io/service-account-token" }),
      create("/api/v1/namespaces/{ns}/secrets", {
        metadata: { name: "a", annotations: { "kubernetes.io/service-account.name": "default" } },
        type: "kubernetes.io/service-account-token",
      }),
      create("/api/v1/namespaces/{ns}/secrets", {
        metadata: { name: "b", annotations: { "kubernetes.io/service-account.name": "other" } },
        type: "kubernetes.io/service-account-token",
      }),
      create("/api/v1/namespaces/{ns}/secrets", {
        metadata: { name: "bootstrap-token-abcdef" },
        type: "bootstrap.kubernetes.io/token",
        stringData: { "token-id": "abcdef" },
      }),
    ],
  },
];

export default sequences;
