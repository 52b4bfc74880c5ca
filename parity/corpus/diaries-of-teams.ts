import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** What teams do in the course of a day, one kind after the other: core kinds and workloads, by several hands. */
const core = "/api/v1/namespaces/{ns}";
const apps = "/apis/apps/v1/namespaces/{ns}";
const batch = "/apis/batch/v1/namespaces/{ns}";
const maps = `${core}/configmaps`;
const secrets = `${core}/secrets`;
const services = `${core}/services`;
const pods = `${core}/pods`;
const protobuf = { headers: { accept: "application/vnd.kubernetes.protobuf" } };
const yaml = { headers: { accept: "application/yaml" } };
const partial = { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } };
const partials = { headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" } };
const asTable = { headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1,application/json" } };
const selector = { matchLabels: { app: "web" } };
const template = (spec: object = {}) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "nginx:1.25" }], ...spec },
});

const sequences: Sequence[] = [
  life(
    "feature flags in a config map, by three hands",
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {dark: 'on', beta: 'off'}\n", "release"),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {beta: 'on', gamma: ''}\n", "growth"),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {beta: 'off', gamma: ''}\n", "growth"),
    merge(`${maps}/flags?fieldManager=oncall`, { data: { dark: "off" } }),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {dark: 'on'}\n", "release"),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: {dark: 'on'}\n", "release", "&force=true"),
    json(`${maps}/flags?fieldManager=oncall`, [
      { op: "test", path: "/data/dark", value: "on" },
      { op: "move", from: "/data/dark", path: "/data/light" },
      { op: "copy", from: "/data/light", path: "/metadata/annotations" },
    ]),
    json(`${maps}/flags?fieldManager=oncall`, [
      { op: "test", path: "/data/dark", value: "on" },
      { op: "move", from: "/data/dark", path: "/data/light" },
      { op: "add", path: "/binaryData", value: { blob: "AAEC" } },
    ]),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata: null\n", "growth"),
    applied(`${maps}/flags`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\nimmutable: true\n", "release"),
    merge(`${maps}/flags`, { data: { more: "x" } }),
    merge(`${maps}/flags`, { binaryData: { blob: null }, immutable: null, metadata: { labels: { a: "b" } } }),
    merge(`${maps}/flags`, { metadata: { labels: { a: "b" }, annotations: { "a/b/c": "d" } } }),
    merge(`${maps}/flags`, { metadata: { labels: { a: "b" } } }),
    get(`${maps}/flags`),
  ),
  life(
    "a config map that a script writes badly",
    create(maps, { metadata: { name: "s" }, data: { n: 5 } }),
    create(maps, { metadata: { name: "s" }, data: { n: null, "": "x", "..": "y", "a b": "z" }, binaryData: { "": "", x: "no base64!" } }),
    create(maps, { metadata: { name: "s" }, data: { n: null, "": "x", "..": "y", "a b": "z" }, binaryData: { "": "", n: "AA==" } }),
    create(maps, { metadata: { name: "s" }, data: [] }),
    create(maps, { metadata: { name: "s" }, data: "text" }),
    create(maps, { metadata: { name: "s", labels: ["a"] } }),
    create(maps, { metadata: { name: "s" }, data: { n: null }, binaryData: { b: null }, immutable: null }),
    put(`${maps}/s`, { metadata: { name: "s" }, data: { [`${"k".repeat(254)}`]: "v", ok: "v" } }),
    put(`${maps}/s`, { metadata: { name: "s" }, data: { [`${"k".repeat(253)}`]: "v" }, immutable: "yes" }),
    put(`${maps}/s`, { metadata: { name: "other" }, data: {} }),
    put(`${maps}/s`, { metadata: { name: "s", namespace: "elsewhere" }, data: {} }),
    put(`${maps}/s`, { metadata: { name: "s", uid: "00000000-0000-0000-0000-000000000000" }, data: {} }),
    put(`${maps}/s`, { metadata: { name: "s", resourceVersion: "1" }, data: {} }),
    put(`${maps}/s`, { metadata: { name: "s", resourceVersion: "abc" }, data: {} }),
    put(`${maps}/s`, { metadata: { resourceVersion: "" }, data: { x: "y" } }),
    put(`${maps}/s`, { kind: "Secret", metadata: { name: "s" }, data: {} }),
    put(`${maps}/s`, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "s" }, data: {} }),
    put(`${maps}/s?fieldValidation=Strict`, { metadata: { name: "s", lables: {} }, dta: {} }),
    put(`${maps}/s`, { metadata: { name: "s", lables: {} }, dta: {}, data: { a: "1" } }),
    put(`${maps}/s?fieldValidation=Ignore`, { metadata: { name: "s", lables: {} }, dta: {}, data: { a: "1" } }),
    put(`${maps}/s?fieldValidation=strict`, { metadata: { name: "s" } }),
  ),
  life(
    "credentials that rotate",
    create(secrets, { metadata: { name: "db" }, stringData: { user: "u", password: "p" }, data: { password: "b2xk", host: "aA==" } }),
    merge(`${secrets}/db`, { stringData: { password: "new" } }),
    strategic(`${secrets}/db`, { stringData: { host: null, port: "5432" }, data: { user: null } }),
    merge(`${secrets}/db`, { data: { port: "not base64" } }),
    merge(`${secrets}/db`, { data: { port: "" } }),
    merge(`${secrets}/db`, { data: { port: 5 } }),
    merge(`${secrets}/db`, { type: "kubernetes.io/basic-auth" }),
    applied(`${secrets}/db`, "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: applied, extra: x}\n", "vault"),
    applied(
      `${secrets}/db`,
      "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: applied, extra: x}\n",
      "vault",
      "&force=true",
    ),
    applied(`${secrets}/db`, "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {extra: y}\n", "vault"),
    applied(`${secrets}/db`, "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {extra: eg==}\nstringData: {}\n", "vault"),
    applied(`${secrets}/db`, "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n", "vault"),
    get(`${secrets}/db`),
    merge(`${secrets}/db`, { immutable: true, stringData: { last: "one" } }),
    merge(`${secrets}/db`, { stringData: { last: "two" } }),
    merge(`${secrets}/db`, { stringData: { last: "one" } }),
    merge(`${secrets}/db`, { data: null }),
    table(`${secrets}/db`),
    get(`${secrets}?fieldSelector=type%3DOpaque,metadata.name!%3Dx`, asTable),
    get(`${secrets}?fieldSelector=type%3D%3Dkubernetes.io/tls`, asTable),
    remove(`${secrets}/db`, { preconditions: { uid: "x", resourceVersion: "1" } }),
    remove(`${secrets}/db`, { preconditions: { resourceVersion: "1" } }),
  ),
  life(
    "secrets of types, made wrongly first",
    ...[
      { type: "kubernetes.io/tls" },
      { type: "kubernetes.io/tls", data: { "tls.crt": "", "tls.key": "" } },
      { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "e30=", ".dockercfg": "e30=" } },
      { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": "{" } },
      { type: "kubernetes.io/dockercfg", stringData: { ".dockerconfigjson": "{}" } },
      { type: "kubernetes.io/dockercfg", stringData: { ".dockercfg": "" } },
      { type: "kubernetes.io/basic-auth", stringData: { passwort: "x" } },
      { type: "kubernetes.io/basic-auth", stringData: { username: "" } },
      { type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "" } },
      { type: "kubernetes.io/ssh-auth", stringData: { "ssh-privatekey": "x" } },
      { type: "bootstrap.kubernetes.io/token", stringData: { "token-id": "x" } },
      { type: "kubernetes.io/service-account-token" },
      { type: "a type with spaces", stringData: { a: "b" } },
    ].map((body, index) => create(secrets, { metadata: { name: `s${index}` }, ...body })),
    create(secrets, {
      metadata: { name: "for-default", annotations: { "kubernetes.io/service-account.name": "default" } },
      type: "kubernetes.io/service-account-token",
    }),
    create(secrets, {
      metadata: { name: "for-nobody", annotations: { "kubernetes.io/service-account.name": "nobody" } },
      type: "kubernetes.io/service-account-token",
      stringData: { token: "x" },
    }),
    merge(`${secrets}/for-default`, { metadata: { annotations: { "kubernetes.io/service-account.name": null } } }),
    merge(`${secrets}/s1`, { data: { "tls.key": null } }),
    merge(`${secrets}/s5`, { type: "" }),
    table(secrets),
  ),
  life(
    "a shop's service through its types",
    manifest(services, "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: shop}, ports: [{port: 80}]}\n"),
    strategic(`${services}/shop`, { spec: { ports: [{ port: 443, name: "tls" }] } }),
    strategic(`${services}/shop`, {
      spec: {
        ports: [
          { port: 80, name: "http" },
          { port: 443, name: "tls", appProtocol: "https" },
        ],
      },
    }),
    strategic(`${services}/shop`, { spec: { ports: [{ port: 53, name: "dns", protocol: "UDP" }], $setElementOrder: { ports: [] } } }),
    strategic(`${services}/shop`, {
      spec: { "$setElementOrder/ports": [{ port: 53 }, { port: 443 }, { port: 80 }], ports: [{ port: 53, name: "dns" }] },
    }),
    strategic(`${services}/shop`, { spec: { ports: [{ port: 80, $patch: "delete" }] } }),
    merge(`${services}/shop`, { spec: { type: "NodePort", externalTrafficPolicy: "Local" } }),
    merge(`${services}/shop`, { spec: { type: "LoadBalancer", loadBalancerClass: "x.io/y", healthCheckNodePort: 31999 } }),
    merge(`${services}/shop`, { spec: { loadBalancerClass: null } }),
    merge(`${services}/shop`, { spec: { loadBalancerClass: "x.io/z" } }),
    merge(`${services}/shop/status`, {
      status: {
        loadBalancer: {
          ingress: [
            { ip: "192.0.2.9", ipMode: "VIP", ports: [{ port: 443, protocol: "TCP", error: "x.io/Bad" }] },
            { hostname: "lb.example.com", ipMode: "VIP" },
          ],
        },
        conditions: [{ type: "Ready", status: "True", reason: "Ok", message: "", lastTransitionTime: "2024-01-01T00:00:00Z" }],
      },
    }),
    merge(`${services}/shop/status`, {
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.9", ipMode: "Proxy" }, { hostname: "lb.example.com" }] } },
    }),
    table(`${services}/shop`),
    merge(`${services}/shop`, { spec: { type: "ClusterIP" } }),
    merge(`${services}/shop`, { spec: { type: "ClusterIP", externalTrafficPolicy: null } }),
    merge(`${services}/shop`, { spec: { type: "ExternalName", externalName: "Shop.example.com." } }),
    merge(`${services}/shop`, { spec: { type: "ExternalName", externalName: "shop.example.com", clusterIP: null, clusterIPs: null } }),
    merge(`${services}/shop`, { spec: { type: "ClusterIP", clusterIP: "None", externalName: null } }),
    merge(`${services}/shop`, { spec: { clusterIP: "" } }),
    merge(`${services}/shop`, { spec: { publishNotReadyAddresses: true, sessionAffinity: "ClientIP", internalTrafficPolicy: "Local" } }),
    merge(`${services}/shop`, { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } } }),
    merge(`${services}/shop`, { spec: { sessionAffinity: "None" } }),
    get(`${services}/shop`, yaml),
  ),
  life(
    "a service owned in parts",
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports:\n  - {port: 80, name: http}\n  - {port: 80, protocol: UDP, name: quic}\n",
      "team",
    ),
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - {port: 9090, name: metrics}\n",
      "mesh",
    ),
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - {port: 80, name: other}\n",
      "mesh",
    ),
    applied(`${services}/web`, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - {name: nothing}\n", "mesh"),
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - {port: 1, name: a}\n  - {port: 1, name: b}\n",
      "mesh",
    ),
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, clusterIP: None}\n",
      "mesh",
      "&force=true",
    ),
    applied(
      `${services}/web`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n",
      "mesh",
      "&force=true&dryRun=All",
    ),
    applied(`${services}/web`, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort}\n", "mesh", "&force=true"),
    applied(`${services}/web`, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {tier: front}}\n", "mesh"),
    applied(
      `${services}/web/status`,
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nstatus: {conditions: [{type: A, status: 'True', reason: r, message: m, lastTransitionTime: '2024-01-01T00:00:00Z'}]}\n",
      "lb",
    ),
    applied(`${services}/web`, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n", "team"),
    applied(`${services}/web`, "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n", "mesh"),
    get(`${services}/web`),
    put(`${services}/web`, { metadata: { name: "web", managedFields: [] }, spec: { ports: [{ port: 7 }] } }),
    get(`${services}/web`, partial),
    remove(`${services}/web`),
  ),
  life(
    "a site from manifest to canary",
    create(
      `${apps}/deployments?fieldManager=kubectl-create`,
      { metadata: { name: "site" }, spec: { selector, template: template() } },
      asTable,
    ),
    patch("strategic", `${apps}/deployments/site?fieldManager=kubectl-set`, {
      spec: {
        template: { spec: { containers: [{ name: "web", image: "nginx:1.26", resources: { limits: { cpu: "0.5", memory: "1.5Gi" } } }] } },
      },
    }),
    patch("strategic", `${apps}/deployments/site?fieldManager=kubectl-rollout`, {
      spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2024-01-01T00:00:00Z" } } } },
    }),
    merge(`${apps}/deployments/site/scale`, { spec: { replicas: 4 } }),
    merge(`${apps}/deployments/site/scale`, { spec: { replicas: -1 } }),
    merge(`${apps}/deployments/site/scale`, { spec: { replicas: null } }),
    merge(`${apps}/deployments/site`, { spec: { strategy: { type: "Recreate" } } }),
    merge(`${apps}/deployments/site`, { spec: { strategy: { type: "Recreate", rollingUpdate: null } } }),
    merge(`${apps}/deployments/site`, { spec: { strategy: { type: null } } }),
    merge(`${apps}/deployments/site`, { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } } }),
    merge(`${apps}/deployments/site`, { spec: { strategy: { rollingUpdate: { maxSurge: "150%", maxUnavailable: "101%" } } } }),
    merge(`${apps}/deployments/site`, { spec: { minReadySeconds: 30, progressDeadlineSeconds: 30, revisionHistoryLimit: -1 } }),
    merge(`${apps}/deployments/site`, { spec: { selector: { matchLabels: { app: "other" } } } }),
    merge(`${apps}/deployments/site/status`, {
      status: {
        replicas: 3,
        readyReplicas: 4,
        availableReplicas: 5,
        updatedReplicas: 1,
        terminatingReplicas: 2,
        observedGeneration: 99,
        collisionCount: -1,
      },
    }),
    merge(`${apps}/deployments/site/status`, {
      status: {
        replicas: 4,
        readyReplicas: 3,
        availableReplicas: 3,
        updatedReplicas: 1,
        unavailableReplicas: 1,
        conditions: [{ type: "Available", status: "True" }],
      },
    }),
    table(`${apps}/deployments/site`),
    get(`${apps}/deployments?labelSelector=app`, asTable),
    get(`${apps}/deployments/site/scale`, yaml),
    get(`${apps}/deployments/site/scale`, protobuf),
    get(`${apps}/deployments/site/scale`, asTable),
    get(`${apps}/deployments/site/status`, partial),
    remove(`${apps}/deployments/site?propagationPolicy=Foreground`),
    remove(`${apps}/deployments/site?propagationPolicy=Orphan`),
    json(`${apps}/deployments/site`, [{ op: "remove", path: "/metadata/finalizers/0" }]),
  ),
  life(
    "replicas given to an autoscaler, containers to a sidecar team",
    applied(
      `${apps}/deployments/api`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        image: a:1\n        env: [{name: A, value: '1'}, {name: B, value: '2'}]\n        ports: [{containerPort: 80}]\n",
      "team",
    ),
    applied(
      `${apps}/deployments/api/scale`,
      "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: api}\nspec: {replicas: 5}\n",
      "hpa",
    ),
    applied(
      `${apps}/deployments/api/scale`,
      "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: api}\nspec: {replicas: 5}\n",
      "hpa",
      "&force=true",
    ),
    applied(
      `${apps}/deployments/api`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  replicas: 3\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        image: a:2\n        env: [{name: B, value: '2'}, {name: A, value: '1'}]\n        ports: [{containerPort: 80}]\n",
      "team",
    ),
    applied(
      `${apps}/deployments/api`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: web\n        image: a:2\n        env: [{name: B, value: '2'}]\n        ports: [{containerPort: 80}, {containerPort: 80, protocol: UDP}]\n",
      "team",
    ),
    applied(
      `${apps}/deployments/api`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: proxy, image: envoy, args: [a, a]}\n      initContainers:\n      - {name: setup, image: busybox, restartPolicy: Always}\n",
      "mesh",
    ),
    applied(
      `${apps}/deployments/api`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: a:3}\n      - {name: proxy, image: envoy, args: [a]}\n",
      "mesh",
    ),
    edit(
      `${apps}/deployments/api`,
      (body) => {
        body.spec.template.spec.containers.reverse();
        delete body.spec.template.spec.initContainers;
      },
      "",
      "?fieldManager=editor",
    ),
    applied(
      `${apps}/deployments/api/status`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nstatus: {replicas: 1, conditions: [{type: Progressing, status: 'True', lastUpdateTime: '2024-01-01T00:00:00Z'}]}\n",
      "controller",
    ),
    applied(`${apps}/deployments/api`, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n", "mesh"),
    applied(`${apps}/deployments/api`, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\n", "team"),
    applied(`${apps}/deployments/api/scale`, "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: api}\n", "hpa"),
    get(`${apps}/deployments/api`),
    get(`${apps}/deployments/api/scale`),
  ),
  life(
    "a database as a stateful set",
    create(`${apps}/statefulsets`, {
      metadata: { name: "db" },
      spec: {
        serviceName: "db",
        selector,
        template: template({ terminationGracePeriodSeconds: 10 }),
        volumeClaimTemplates: [
          { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
        ],
        ordinals: { start: 2 },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
        updateStrategy: { rollingUpdate: { partition: 1, maxUnavailable: 1 } },
      },
    }),
    merge(`${apps}/statefulsets/db`, { spec: { replicas: 3, minReadySeconds: 5, ordinals: { start: 0 } } }),
    merge(`${apps}/statefulsets/db`, { spec: { serviceName: "other", podManagementPolicy: "Parallel" } }),
    json(`${apps}/statefulsets/db`, [
      { op: "replace", path: "/spec/volumeClaimTemplates/0/spec/resources/requests/storage", value: "2Gi" },
    ]),
    merge(`${apps}/statefulsets/db`, { spec: { updateStrategy: { type: "OnDelete" } } }),
    merge(`${apps}/statefulsets/db`, { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } }),
    merge(`${apps}/statefulsets/db`, { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep", whenScaled: "" } } }),
    merge(`${apps}/statefulsets/db`, { spec: { persistentVolumeClaimRetentionPolicy: null, ordinals: null, revisionHistoryLimit: 0 } }),
    merge(`${apps}/statefulsets/db`, { spec: { ordinals: { start: -1 }, replicas: -3, minReadySeconds: -1 } }),
    put(`${apps}/statefulsets/db/scale`, { metadata: { name: "db" }, spec: { replicas: 7 } }),
    put(`${apps}/statefulsets/db/scale`, { apiVersion: "autoscaling/v2", kind: "Scale", metadata: { name: "db" }, spec: { replicas: 7 } }),
    merge(`${apps}/statefulsets/db/status`, {
      status: { replicas: 1, currentReplicas: 2, updatedReplicas: 3, readyReplicas: 4, availableReplicas: 5, collisionCount: 0 },
    }),
    merge(`${apps}/statefulsets/db/status`, {
      status: { replicas: 7, currentReplicas: 2, readyReplicas: 4, currentRevision: "db-1", updateRevision: "db-2" },
    }),
    table(`${apps}/statefulsets`),
    get(`${apps}/statefulsets/db`, protobuf),
    remove(`${apps}/statefulsets`, { propagationPolicy: "Orphan", orphanDependents: true }),
    remove(`${apps}/statefulsets/db`, { orphanDependents: true }),
  ),
  life(
    "agents on every node",
    create(`${apps}/daemonsets`, {
      metadata: { name: "agent" },
      spec: { selector, template: template({ hostNetwork: true, hostPID: true }) },
    }),
    merge(`${apps}/daemonsets/agent`, {
      spec: {
        template: {
          spec: { containers: [{ name: "web", image: "i", ports: [{ containerPort: 80 }, { containerPort: 90, hostPort: 91 }] }] },
        },
      },
    }),
    merge(`${apps}/daemonsets/agent`, { spec: { template: { spec: { restartPolicy: "OnFailure", activeDeadlineSeconds: 5 } } } }),
    merge(`${apps}/daemonsets/agent`, { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1 } } } }),
    merge(`${apps}/daemonsets/agent`, { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } }),
    merge(`${apps}/daemonsets/agent`, { spec: { updateStrategy: { rollingUpdate: { maxSurge: "0%", maxUnavailable: "0%" } } } }),
    merge(`${apps}/daemonsets/agent`, { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: { maxSurge: 1 } } } }),
    merge(`${apps}/daemonsets/agent`, { spec: { updateStrategy: { type: "Sometimes" } } }),
    merge(`${apps}/daemonsets/agent/status`, {
      status: { currentNumberScheduled: 2, desiredNumberScheduled: 3, numberReady: 1, numberAvailable: 1, updatedNumberScheduled: 2 },
    }),
    merge(`${apps}/daemonsets/agent/status`, {
      status: { numberMisscheduled: -1, numberReady: -2, observedGeneration: -4, collisionCount: -5 },
    }),
    table(`${apps}/daemonsets`),
    get(`${apps}/daemonsets/agent/scale`),
    merge(`${apps}/daemonsets/agent`, { spec: { templateGeneration: 5, template: { spec: { nodeSelector: { disk: "ssd" } } } } }),
    strategic(`${apps}/daemonsets/agent`, {
      spec: { template: { spec: { tolerations: [{ operator: "Exists" }, { key: "a", operator: "Exists", value: "b" }] } } },
    }),
    strategic(`${apps}/daemonsets/agent`, {
      spec: { template: { spec: { tolerations: [{ operator: "Exists", effect: "NoExecute", tolerationSeconds: 0 }] } } },
    }),
    remove(`${apps}/daemonsets/agent`, { gracePeriodSeconds: 30 }),
    remove(`${apps}/daemonsets/agent`),
  ),
  life(
    "nightly reports",
    create(`${batch}/cronjobs`, {
      metadata: { name: "report" },
      spec: {
        schedule: "@every 5m",
        jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } } } },
      },
    }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "TZ=Europe/Berlin 0 3 * * *" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "0 3 * * *", timeZone: "Europe/Berlin" } }),
    merge(`${batch}/cronjobs/report`, { spec: { timeZone: "Local" } }),
    merge(`${batch}/cronjobs/report`, { spec: { timeZone: " UTC" } }),
    merge(`${batch}/cronjobs/report`, { spec: { timeZone: "europe/berlin" } }),
    merge(`${batch}/cronjobs/report`, { spec: { timeZone: "" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "60 24 0 13 8" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "*/0 * * * *" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "0 0 31 2 *" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "" } }),
    merge(`${batch}/cronjobs/report`, { spec: { schedule: "0 0 * * MON-FRI,SUN" } }),
    merge(`${batch}/cronjobs/report`, {
      spec: { concurrencyPolicy: "Sometimes", startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -2 },
    }),
    merge(`${batch}/cronjobs/report`, { spec: { suspend: true, successfulJobsHistoryLimit: 0, startingDeadlineSeconds: 0 } }),
    merge(`${batch}/cronjobs/report`, {
      spec: { jobTemplate: { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } }, ttlSecondsAfterFinished: -1 } } },
    }),
    merge(`${batch}/cronjobs/report`, {
      spec: { jobTemplate: { metadata: { labels: { "bad key!": "x" } }, spec: { template: { spec: { restartPolicy: "Always" } } } } },
    }),
    merge(`${batch}/cronjobs/report/status`, { status: { lastScheduleTime: "2024-02-30T00:00:00Z" } }),
    merge(`${batch}/cronjobs/report/status`, {
      status: { lastScheduleTime: "2024-02-20T03:00:00+01:00", active: [{ kind: "Job", name: "x" }, {}] },
    }),
    table(`${batch}/cronjobs`),
    create(`${batch}/cronjobs`, { metadata: { name: "n".repeat(53) }, spec: { schedule: "* * * * *" } }),
    get(`${batch}/cronjobs/report`, yaml),
  ),
  life(
    "a long import as a job",
    create(`${batch}/jobs`, {
      metadata: { name: "import" },
      spec: {
        suspend: true,
        completions: 4,
        parallelism: 2,
        completionMode: "Indexed",
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        podReplacementPolicy: "Failed",
        successPolicy: { rules: [{ succeededIndexes: "0-2,3", succeededCount: 2 }] },
        podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [42, 43] } }] },
        template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } },
      },
    }),
    merge(`${batch}/jobs/import`, { spec: { template: { spec: { nodeSelector: { a: "b" } }, metadata: { annotations: { x: "y" } } } } }),
    merge(`${batch}/jobs/import`, { spec: { completions: 5 } }),
    merge(`${batch}/jobs/import`, { spec: { completions: 5, parallelism: 5, successPolicy: null } }),
    merge(`${batch}/jobs/import`, { spec: { completionMode: "NonIndexed", backoffLimitPerIndex: 3, podFailurePolicy: null } }),
    merge(`${batch}/jobs/import/status`, { status: { active: 1, startTime: "2024-01-01T00:00:00Z" } }),
    merge(`${batch}/jobs/import`, { spec: { suspend: false } }),
    merge(`${batch}/jobs/import/status`, { status: { active: 1, ready: 2, startTime: "2024-01-01T00:00:00Z" } }),
    merge(`${batch}/jobs/import`, { spec: { template: { spec: { nodeSelector: { a: "c" } } } } }),
    merge(`${batch}/jobs/import/status`, { status: { completedIndexes: "0,2-", failedIndexes: "1,x", succeeded: -1 } }),
    merge(`${batch}/jobs/import/status`, { status: { completedIndexes: "0,2", failedIndexes: "2,3" } }),
    merge(`${batch}/jobs/import/status`, { status: { completedIndexes: "0,2", failedIndexes: "3", succeeded: 2, failed: 1 } }),
    merge(`${batch}/jobs/import/status`, { status: { conditions: [{ type: "Complete", status: "True" }] } }),
    merge(`${batch}/jobs/import/status`, {
      status: {
        active: 0,
        ready: 0,
        completionTime: "2023-01-01T00:00:00Z",
        conditions: [
          { type: "SuccessCriteriaMet", status: "True" },
          { type: "Complete", status: "True" },
        ],
      },
    }),
    merge(`${batch}/jobs/import/status`, {
      status: {
        active: 0,
        ready: 0,
        completionTime: "2024-01-01T01:00:00Z",
        conditions: [
          { type: "SuccessCriteriaMet", status: "True" },
          { type: "Complete", status: "True" },
        ],
      },
    }),
    merge(`${batch}/jobs/import/status`, { status: { completionTime: null, conditions: [{ type: "Failed", status: "True" }] } }),
    table(`${batch}/jobs`),
    get(`${batch}/jobs?fieldSelector=status.successful%3D2`, partials),
    get(`${batch}/jobs?fieldSelector=status.failed%3D2`),
    remove(`${batch}/jobs/import`),
    remove(`${batch}/jobs/import`, { propagationPolicy: "Foreground" }),
  ),
  life(
    "an old autoscaler seen through both versions",
    create("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers", {
      metadata: {
        name: "h",
        annotations: {
          "autoscaling.alpha.kubernetes.io/metrics": '[{"type":"Pods","pods":{"metricName":"qps","targetAverageValue":"10"}}]',
        },
      },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d" } },
    }),
    get("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h"),
    merge("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h", {
      spec: {
        behavior: {
          scaleDown: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }], selectPolicy: "Disabled" },
          scaleUp: { stabilizationWindowSeconds: 3601, tolerance: "5%" },
        },
      },
    }),
    merge("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h", {
      spec: {
        behavior: {
          scaleDown: { policies: [{ type: "Percent", value: 10, periodSeconds: 60 }], selectPolicy: "Disabled" },
          scaleUp: { stabilizationWindowSeconds: 3600 },
        },
      },
    }),
    get("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h"),
    merge("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h", { spec: { targetCPUUtilizationPercentage: 50 } }),
    merge("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h", {
      metadata: { annotations: { "autoscaling.alpha.kubernetes.io/behavior": "{" } },
    }),
    merge("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h", {
      metadata: { annotations: { "autoscaling.alpha.kubernetes.io/behavior": null, "autoscaling.alpha.kubernetes.io/metrics": null } },
    }),
    merge("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h/status", {
      status: { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 80, lastScaleTime: "2024-01-01T00:00:00Z" },
    }),
    merge("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h/status", {
      status: {
        currentMetrics: [
          { type: "ContainerResource", containerResource: { container: "c", name: "cpu", current: { averageUtilization: 5 } } },
          null,
        ],
        conditions: [{ type: "AbleToScale", status: "True" }],
      },
    }),
    merge("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h/status", {
      status: {
        currentMetrics: [
          { type: "ContainerResource", containerResource: { container: "c", name: "cpu", current: { averageUtilization: 5 } } },
        ],
        conditions: [{ type: "AbleToScale", status: "True" }],
      },
    }),
    table("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers"),
    table("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers"),
    get("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h"),
    applied(
      "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h",
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n  minReplicas: 0\n  metrics: [{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 60}}}]\n",
      "me",
      "&force=true",
    ),
    applied(
      "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h",
      "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {minReplicas: 2, targetCPUUtilizationPercentage: 40}\n",
      "me",
      "&force=true",
    ),
    get("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/h"),
  ),
  life(
    "budgets for a fleet",
    create("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", { metadata: { name: "b" }, spec: {} }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b", { spec: { minAvailable: "150%", maxUnavailable: -1 } }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b", {
      spec: { minAvailable: "50", selector: { matchLabels: { a: "b" }, matchExpressions: [{ key: "x", operator: "In" }] } },
    }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b", {
      spec: { maxUnavailable: 1, selector: { matchLabels: { a: "b" } }, unhealthyPodEvictionPolicy: "Never" },
    }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b", {
      spec: { maxUnavailable: 1, selector: { matchLabels: { a: "b" } }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    }),
    strategic("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b", { spec: { selector: { matchLabels: { c: "d" } } } }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b/status", {
      status: {
        disruptedPods: { p: "2024-01-01T00:00:00Z", "bad name": "2024-01-01T00:00:00Z" },
        currentHealthy: -1,
        desiredHealthy: 1,
        expectedPods: 2,
        disruptionsAllowed: -1,
        conditions: [{ type: "DisruptionAllowed", status: "Maybe" }],
      },
    }),
    merge("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b/status", {
      status: {
        disruptedPods: { p: "2024-01-01T00:00:00Z" },
        currentHealthy: 3,
        desiredHealthy: 1,
        expectedPods: 3,
        disruptionsAllowed: 1,
        observedGeneration: 2,
      },
    }),
    create(pods, { metadata: { name: "p", labels: { a: "b", c: "d" } }, spec: { containers: [{ name: "a", image: "b" }] } }),
    create(`${pods}/p/eviction`, { metadata: { name: "p" }, deleteOptions: { dryRun: ["All"] } }),
    create(`${pods}/p/eviction?dryRun=All`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "q" } }),
    create(`${pods}/p/eviction`, {
      apiVersion: "policy/v1beta1",
      kind: "Eviction",
      metadata: { name: "p" },
      deleteOptions: { gracePeriodSeconds: 0, preconditions: { resourceVersion: "1" } },
    }),
    create(`${pods}/p/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } }, yaml),
    table("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets"),
    get("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets/b"),
  ),
];

export default sequences;
