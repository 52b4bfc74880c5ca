import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, put, remove, type Sequence } from "../sequences.ts";

/** Whole manifests of workloads as documents of other projects have them, and what happens to them afterwards. */
const apps = "/apis/apps/v1/namespaces/{ns}";
const core = "/api/v1/namespaces/{ns}";
const deployments = `${apps}/deployments`;
const sets = `${apps}/statefulsets`;
const daemons = `${apps}/daemonsets`;
const replicas = `${apps}/replicasets`;
const revisions = `${apps}/controllerrevisions`;
const controllers = `${core}/replicationcontrollers`;
const templates = `${core}/podtemplates`;

const nginx = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nginx-deployment
  labels: {app: nginx, tier: frontend}
spec:
  replicas: 3
  minReadySeconds: 10
  selector:
    matchLabels: {app: nginx}
    matchExpressions:
    - {key: tier, operator: In, values: [frontend]}
    - {key: legacy, operator: DoesNotExist}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}
  template:
    metadata:
      labels: {app: nginx, tier: frontend}
      annotations: {prometheus.io/scrape: "true"}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector: {matchLabels: {app: nginx}}
        matchLabelKeys: [pod-template-hash]
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm:
              topologyKey: kubernetes.io/hostname
              labelSelector: {matchExpressions: [{key: app, operator: In, values: [nginx]}]}
      containers:
      - name: nginx
        image: nginx:1.14.2
        ports: [{containerPort: 80, name: http}]
        resources:
          requests: {cpu: 100m, memory: 64Mi}
          limits: {memory: 128Mi}
        livenessProbe: {httpGet: {path: /healthz, port: http}}
        readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 5}
        startupProbe: {exec: {command: [cat, /tmp/ok]}, failureThreshold: 30}
        lifecycle: {preStop: {sleep: {seconds: 5}}}
        volumeMounts:
        - {name: conf, mountPath: /etc/nginx/nginx.conf, subPath: nginx.conf, readOnly: true}
        - {name: cache, mountPath: /var/cache/nginx}
        envFrom: [{configMapRef: {name: env}, prefix: NGINX_}]
        env:
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
      volumes:
      - name: conf
        configMap: {name: nginx, items: [{key: nginx.conf, path: nginx.conf}]}
      - name: cache
        emptyDir: {sizeLimit: 100Mi}
`;
const nginxAt = `${deployments}/nginx-deployment`;

const zookeeper = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zk}
spec:
  selector: {matchLabels: {app: zk}}
  serviceName: zk-hs
  replicas: 3
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}
  podManagementPolicy: OrderedReady
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
  ordinals: {start: 2}
  minReadySeconds: 3
  template:
    metadata: {labels: {app: zk}}
    spec:
      securityContext: {runAsUser: 1000, fsGroup: 1000, fsGroupChangePolicy: OnRootMismatch, seccompProfile: {type: RuntimeDefault}}
      terminationGracePeriodSeconds: 1800
      containers:
      - name: kubernetes-zookeeper
        imagePullPolicy: Always
        image: "registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10"
        resources: {requests: {memory: "1Gi", cpu: "0.5"}}
        ports:
        - {containerPort: 2181, name: client}
        - {containerPort: 2888, name: server}
        - {containerPort: 3888, name: leader-election}
        command: [sh, -c, "start-zookeeper --servers=3"]
        readinessProbe: {exec: {command: [sh, -c, zookeeper-ready 2181]}, initialDelaySeconds: 10, timeoutSeconds: 5}
        volumeMounts: [{name: datadir, mountPath: /var/lib/zookeeper}]
  volumeClaimTemplates:
  - metadata: {name: datadir}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 10Gi}}
  - metadata: {name: logs, labels: {keep: "no"}, annotations: {volume.beta.kubernetes.io/storage-class: slow}}
    spec:
      accessModes: [ReadWriteOnce, ReadOnlyMany]
      volumeMode: Block
      storageClassName: slow
      dataSourceRef: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: before}
      resources: {requests: {storage: 1Gi}, limits: {storage: 2Gi}}
`;

const fluentd = `
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: fluentd
  labels: {k8s-app: fluentd-logging}
  annotations: {deprecated.daemonset.template.generation: "7"}
spec:
  selector: {matchLabels: {name: fluentd}}
  template:
    metadata: {labels: {name: fluentd}}
    spec:
      hostNetwork: true
      dnsPolicy: ClusterFirstWithHostNet
      priorityClassName: ""
      tolerations:
      - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
      - {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}
      containers:
      - name: fluentd
        image: quay.io/fluentd_elasticsearch/fluentd@sha256:0123456789012345678901234567890123456789012345678901234567890123
        securityContext: {capabilities: {add: [SYS_ADMIN]}, readOnlyRootFilesystem: true}
        ports: [{containerPort: 24224}, {containerPort: 24224, protocol: UDP}]
        volumeMounts:
        - {name: varlog, mountPath: /var/log}
        - {name: containers, mountPath: /var/lib/docker/containers, readOnly: true, mountPropagation: HostToContainer}
      volumes:
      - {name: varlog, hostPath: {path: /var/log}}
      - {name: containers, hostPath: {path: /var/lib/docker/containers, type: DirectoryOrCreate}}
`;

const guestbook = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: frontend, labels: {app: guestbook, tier: frontend}}
spec:
  replicas: 3
  selector: {matchLabels: {tier: frontend}}
  template:
    metadata: {labels: {tier: frontend}}
    spec: {containers: [{name: php-redis, image: us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5}]}
`;

const controller = `
apiVersion: v1
kind: ReplicationController
metadata: {name: nginx}
spec:
  template:
    metadata: {name: nginx, labels: {app: nginx, version: "1"}}
    spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
`;

const sequences: Sequence[] = [
  life(
    "deployment: the tutorial's way",
    manifest(deployments, nginx),
    table(nginxAt),
    strategic(nginxAt, { spec: { template: { spec: { containers: [{ name: "nginx", image: "nginx:1.16.1" }] } } } }),
    merge(nginxAt, { spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2024-05-05T05:05:05Z" } } } } }),
    merge(nginxAt, { metadata: { annotations: { "kubernetes.io/change-cause": "image updated" } } }),
    merge(nginxAt, { spec: { paused: true } }),
    merge(nginxAt, { spec: { paused: false } }),
    merge(nginxAt, { spec: { paused: null, replicas: null, strategy: { type: "Recreate" } } }),
    merge(nginxAt, { spec: { strategy: { type: "Recreate", rollingUpdate: null } } }),
    merge(nginxAt, { spec: { strategy: null, revisionHistoryLimit: 0, progressDeadlineSeconds: 10 } }),
    merge(nginxAt, { spec: { progressDeadlineSeconds: 11, minReadySeconds: 5 } }),
    edit(nginxAt, ({ status }) => Object.assign(status, { replicas: 1, unavailableReplicas: 1, observedGeneration: 1 }), "/status"),
    edit(nginxAt, ({ status }) => Object.assign(status, { availableReplicas: 2, readyReplicas: 3, observedGeneration: -1 }), "/status"),
    table(nginxAt),
    get(`${deployments}?fieldSelector=metadata.name=nginx-deployment`, { pick: (body) => (body as { items: unknown[] }).items.length }),
    get(`${deployments}?fieldSelector=spec.replicas=1`),
    remove(nginxAt, { propagationPolicy: "Background" }),
  ),
  life(
    "deployment: many faults at once",
    manifest(deployments, nginx.replace("maxSurge: 25%, maxUnavailable: 0", "maxSurge: 0, maxUnavailable: 0%")),
    manifest(deployments, nginx.replace("maxSurge: 25%, maxUnavailable: 0", "maxSurge: x, maxUnavailable: 101%")),
    manifest(
      deployments,
      nginx
        .replace("replicas: 3", "replicas: -3")
        .replace("minReadySeconds: 10", "minReadySeconds: 700")
        .replace("tier: frontend}\n      annotations", "tier: back}\n      annotations")
        .replace("maxSkew: 1", "maxSkew: 0")
        .replace("DoNotSchedule", "Never")
        .replace("weight: 100", "weight: 101")
        .replace("limits: {memory: 128Mi}", "limits: {memory: 1Mi, nvidia.com/gpu: 500m}"),
    ),
    manifest(
      deployments,
      nginx
        .replace("containerPort: 80, name: http", "containerPort: 0, name: HTTP_port_is_long")
        .replace("port: http}}", "port: nope!}}")
        .replace("subPath: nginx.conf", "subPath: ../x")
        .replace("name: cache, mountPath", "name: cash, mountPath")
        .replace("sizeLimit: 100Mi", "sizeLimit: -1, medium: Disk")
        .replace("fieldPath: status.podIP", "fieldPath: status.podip")
        .replace("divisor: 1Mi", "divisor: 3Mi")
        .replace("prefix: NGINX_", "prefix: 1=2")
        .replace("seconds: 5", "seconds: 50"),
    ),
    manifest(
      deployments,
      nginx
        .replace("operator: DoesNotExist", "operator: DoesNotExist, values: [a]")
        .replace("operator: In, values: [frontend]", "operator: Inn"),
    ),
    manifest(deployments, nginx.replace("replicas: 3", "replicas: three")),
    manifest(deployments, nginx.replace("replicas: 3", 'replicas: "3"')),
    manifest(deployments, nginx.replace("replicas: 3", "replicas: 3.5")),
    manifest(deployments, nginx.replace("ports: [{", "ports: [{hostport: 1, ").replace("replicas: 3", "replica: 3"), {}),
    manifest(
      `${deployments}?fieldValidation=Strict`,
      nginx.replace("ports: [{", "ports: [{hostport: 1, ").replace("replicas: 3", "replica: 3"),
    ),
    get(nginxAt),
  ),
  life(
    "deployment: applied by a pipeline and an autoscaler",
    applied(nginxAt, nginx, "argocd"),
    applied(nginxAt, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-deployment}\nspec: {replicas: 5}", "hpa"),
    applied(
      nginxAt,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-deployment}\nspec: {replicas: 5}",
      "hpa",
      "&force=true",
    ),
    applied(nginxAt, nginx, "argocd"),
    applied(nginxAt, nginx.replace("replicas: 3", "").replace("nginx:1.14.2", "nginx:1.14.3"), "argocd"),
    edit(nginxAt, ({ spec }) => (spec.replicas = 9), "", "?fieldManager=kubectl-edit"),
    applied(nginxAt, nginx.replace("replicas: 3", "").replace("nginx:1.14.2", "nginx:1.15"), "argocd"),
    applied(
      `${nginxAt}/scale`,
      "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: nginx-deployment}\nspec: {replicas: 2}",
      "scaler",
    ),
    merge(`${nginxAt}/scale`, { spec: { replicas: 4 } }),
    get(nginxAt),
    applied(
      `${nginxAt}/status`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-deployment}\nstatus: {replicas: 4, conditions: [{type: Progressing, status: 'True', reason: r, message: m, lastUpdateTime: '2024-01-01T00:00:00Z', lastTransitionTime: '2024-01-01T00:00:00Z'}]}",
      "ctrl",
    ),
    applied(
      `${nginxAt}/status`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-deployment}\nstatus: {conditions: [{type: Progressing}]}",
      "other",
    ),
    applied(
      `${nginxAt}/status`,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx-deployment}\nstatus: {replicas: 3}",
      "other",
    ),
    applied(nginxAt, nginx.replace("name: conf, mountPath", "name: nothing, mountPath").replace("replicas: 3", ""), "argocd"),
  ),
  life(
    "deployment: immutable parts",
    manifest(deployments, nginx),
    edit(nginxAt, ({ spec }) => (spec.selector.matchLabels.app = "apache")),
    edit(nginxAt, ({ spec }) => {
      spec.selector = { matchLabels: { app: "apache" } };
      spec.template.metadata.labels = { app: "apache" };
      spec.replicas = -1;
    }),
    edit(nginxAt, (object) => (object.metadata.name = "other")),
    edit(nginxAt, (object) => (object.metadata.namespace = "default")),
    edit(nginxAt, (object) => (object.metadata.uid = "x")),
    edit(nginxAt, (object) => (object.metadata.generation = 77)),
    edit(nginxAt, (object) => (object.metadata.creationTimestamp = "2020-01-01T00:00:00Z")),
    edit(nginxAt, (object) => (object.status = { replicas: 88 })),
    edit(nginxAt, (object) => (object.spec.replicas = 88), "/status"),
    edit(
      nginxAt,
      (object) => {
        object.metadata.labels = { changed: "by status" };
        object.status.replicas = 2;
      },
      "/status",
    ),
    edit(nginxAt, ({ spec }) => delete spec.selector),
    edit(nginxAt, ({ spec }) => delete spec.template),
    edit(nginxAt, (object) => delete object.spec),
    json(nginxAt, [{ op: "remove", path: "/spec/selector" }]),
    json(nginxAt, [{ op: "test", path: "/spec/replicas", value: 4 }]),
    json(nginxAt, [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "" }]),
    json(nginxAt, [
      { op: "move", from: "/spec/template/spec/containers/0/ports", path: "/spec/template/spec/containers/0/readinessProbe/httpGet" },
    ]),
  ),
  life(
    "deployment: everything that a minimal one gets",
    manifest(
      deployments,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {generateName: min-}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: 'localhost:5000/x/y:latest'}]}}}",
    ),
    manifest(deployments, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: empty}\nspec: {}"),
    manifest(deployments, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\nspec: {selector: {}, template: {}}"),
    manifest(deployments, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: no-spec}"),
    manifest(
      deployments,
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: all}\nspec: {selector: {}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}",
    ),
    manifest(
      deployments,
      "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: old}\nspec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}",
    ),
    manifest(
      deployments,
      "kind: Deployment\nmetadata: {name: untyped}\nspec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}",
    ),
    table(deployments),
    remove(`${deployments}?labelSelector=a=b`, undefined, { pick: (body) => (body as { items: unknown[] }).items.length }),
    remove(deployments, undefined, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
  life(
    "stateful set: zookeeper's life",
    manifest(sets, zookeeper),
    table(`${sets}/zk`),
    get(`${sets}/zk/scale`),
    json(`${sets}/zk`, [{ op: "replace", path: "/spec/template/spec/containers/0/resources/requests/cpu", value: "0.3" }]),
    merge(`${sets}/zk`, { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } }),
    merge(`${sets}/zk`, { spec: { updateStrategy: { type: "OnDelete" } } }),
    merge(`${sets}/zk`, { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } }),
    merge(`${sets}/zk`, {
      spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" }, ordinals: { start: 0 }, minReadySeconds: 0 },
    }),
    merge(`${sets}/zk`, { spec: { ordinals: null, revisionHistoryLimit: 3 } }),
    merge(`${sets}/zk`, { spec: { serviceName: "other", podManagementPolicy: "Parallel" } }),
    edit(`${sets}/zk`, ({ spec }) => (spec.volumeClaimTemplates[0].spec.resources.requests.storage = "20Gi")),
    edit(`${sets}/zk`, ({ spec }) => (spec.volumeClaimTemplates[0].metadata.labels = { a: "b" })),
    edit(`${sets}/zk`, ({ spec }) => {
      spec.volumeClaimTemplates.pop();
      spec.selector.matchLabels.app = "x";
      spec.replicas = -2;
      spec.ordinals = { start: -1 };
      spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: "x", whenScaled: "" };
    }),
    merge(`${sets}/zk/status`, {
      status: {
        replicas: 3,
        readyReplicas: 2,
        currentReplicas: 1,
        updatedReplicas: 2,
        availableReplicas: 1,
        observedGeneration: 4,
        currentRevision: "zk-1",
        updateRevision: "zk-2",
        collisionCount: 0,
      },
    }),
    merge(`${sets}/zk/status`, {
      status: {
        readyReplicas: 4,
        currentReplicas: 5,
        updatedReplicas: 6,
        availableReplicas: 7,
        observedGeneration: -4,
        collisionCount: -1,
      },
    }),
    table(`${sets}/zk`),
    remove(`${sets}/zk`, { propagationPolicy: "Orphan" }),
    get(`${sets}/zk`),
  ),
  life(
    "stateful set: faults",
    manifest(sets, zookeeper.replace("partition: 1", "partition: -1, maxUnavailable: 0").replace("OrderedReady", "Random")),
    manifest(sets, zookeeper.replace("type: RollingUpdate", "type: Sometimes").replace("whenDeleted: Delete", "whenDeleted: Keep")),
    manifest(sets, zookeeper.replace("type: RollingUpdate", "type: OnDelete").replace("start: 2", "start: -2")),
    manifest(sets, zookeeper.replace("storage: 10Gi", "storage: -10Gi")),
    manifest(sets, zookeeper.replace("name: logs,", "name: datadir,").replace("serviceName: zk-hs", "serviceName: zk.hs")),
    manifest(
      sets,
      zookeeper
        .replace("name: logs,", "")
        .replace("runAsUser: 1000", "runAsUser: -1")
        .replace("OnRootMismatch", "Never")
        .replace("RuntimeDefault", "Localhost"),
    ),
    manifest(
      sets,
      zookeeper
        .replace("selector: {matchLabels: {app: zk}}", "selector: {matchLabels: {app: kz}}")
        .replace("minReadySeconds: 3", "minReadySeconds: -3"),
    ),
    manifest(
      sets,
      zookeeper
        .replace("serviceName: zk-hs", "")
        .replace("updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}", "updateStrategy: {rollingUpdate: {}}"),
    ),
    manifest(sets, zookeeper.replace("name: zk}\nspec", `name: ${"z".repeat(64)}}\nspec`)),
    manifest(sets, zookeeper.replace("terminationGracePeriodSeconds: 1800", "activeDeadlineSeconds: 5")),
    remove(`${sets}/zk`),
  ),
  life(
    "stateful set: applied and scaled",
    applied(`${sets}/zk`, zookeeper, "flux"),
    put(`${sets}/zk/scale`, { metadata: { name: "zk" }, spec: { replicas: 7 } }),
    applied(`${sets}/zk`, zookeeper, "flux"),
    applied(`${sets}/zk`, zookeeper.replace("storage: 10Gi", "storage: 11Gi"), "flux", "&force=true"),
    applied(`${sets}/zk`, zookeeper.replace("        - {containerPort: 3888, name: leader-election}\n", ""), "flux", "&force=true"),
    applied(`${sets}/zk`, zookeeper.replace("minReadySeconds: 3", "").replace("ordinals: {start: 2}", ""), "flux"),
    applied(`${sets}/zk`, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: zk, labels: {team: a}}", "labels"),
    applied(`${sets}/zk`, "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: zk}", "labels"),
    strategic(`${sets}/zk`, {
      spec: { volumeClaimTemplates: [{ metadata: { name: "datadir" }, spec: { accessModes: ["ReadWriteMany"] } }] },
    }),
    strategic(`${sets}/zk`, {
      spec: { template: { spec: { $setElementOrder: 1, containers: [{ $patch: "delete", name: "kubernetes-zookeeper" }] } } },
    }),
    strategic(`${sets}/zk`, {
      spec: {
        template: {
          spec: {
            containers: [{ name: "sidecar", image: "busybox" }],
            "$setElementOrder/containers": [{ name: "sidecar" }, { name: "kubernetes-zookeeper" }],
          },
        },
      },
    }),
  ),
  life(
    "daemon set: fluentd's life",
    manifest(daemons, fluentd),
    table(`${daemons}/fluentd`),
    merge(`${daemons}/fluentd`, { spec: { updateStrategy: { type: "OnDelete" } } }),
    merge(`${daemons}/fluentd`, { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } }),
    merge(`${daemons}/fluentd`, { spec: { updateStrategy: null } }),
    merge(`${daemons}/fluentd`, { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: "30%", maxSurge: "0%" } } } }),
    merge(`${daemons}/fluentd`, { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } } } }),
    strategic(`${daemons}/fluentd`, {
      spec: { template: { spec: { containers: [{ name: "fluentd", ports: [{ containerPort: 24224, hostPort: 1 }] }] } } },
    }),
    strategic(`${daemons}/fluentd`, {
      spec: { template: { spec: { hostNetwork: false, containers: [{ name: "fluentd", image: "f:2" }] } } },
    }),
    strategic(`${daemons}/fluentd`, {
      spec: { template: { spec: { $retainKeys: ["containers"], containers: [{ name: "fluentd", image: "f:3" }] } } },
    }),
    merge(`${daemons}/fluentd`, { spec: { minReadySeconds: 4, revisionHistoryLimit: -1 } }),
    merge(`${daemons}/fluentd`, { spec: { minReadySeconds: -4, selector: null } }),
    edit(`${daemons}/fluentd`, (object) => delete object.metadata.annotations),
    merge(`${daemons}/fluentd/status`, {
      status: {
        currentNumberScheduled: 1,
        numberMisscheduled: 2,
        desiredNumberScheduled: 3,
        numberReady: 4,
        updatedNumberScheduled: 5,
        numberAvailable: 6,
        numberUnavailable: 7,
        observedGeneration: 3,
      },
    }),
    merge(`${daemons}/fluentd/status`, {
      status: {
        currentNumberScheduled: -1,
        numberMisscheduled: -2,
        desiredNumberScheduled: -3,
        numberReady: -4,
        updatedNumberScheduled: -5,
        numberAvailable: -6,
        numberUnavailable: -7,
        observedGeneration: -3,
      },
    }),
    table(daemons),
    get(`${daemons}/fluentd/scale`),
    remove(`${daemons}/fluentd`, { propagationPolicy: "Foreground" }),
    get(`${daemons}/fluentd`),
  ),
  life(
    "daemon set: faults",
    manifest(
      daemons,
      fluentd.replace(
        "operator: Exists, effect: NoSchedule}\n      - {key: node-role.kubernetes.io/master",
        "operator: Exist, effect: NoSchedul}\n      - {key: bad key!",
      ),
    ),
    manifest(daemons, fluentd.replace("DirectoryOrCreate", "Directory_").replace("path: /var/log}", "path: /var/../log}")),
    manifest(daemons, fluentd.replace("add: [SYS_ADMIN]", "add: ['']").replace("HostToContainer", "Both")),
    manifest(
      daemons,
      fluentd
        .replace("dnsPolicy: ClusterFirstWithHostNet", "dnsPolicy: None")
        .replace("hostNetwork: true", "hostNetwork: true\n      hostUsers: false\n      restartPolicy: OnFailure"),
    ),
    manifest(daemons, fluentd.replace('priorityClassName: ""', "priorityClassName: none-{u}")),
    manifest(daemons, fluentd.replace("{containerPort: 24224, protocol: UDP}", "{containerPort: 24224, hostPort: 9}")),
    manifest(daemons, fluentd.replace("selector: {matchLabels: {name: fluentd}}", "selector: {}")),
    manifest(
      daemons,
      fluentd.replace(
        "metadata: {labels: {name: fluentd}}",
        "metadata: {name: x, labels: {name: fluentd, 'bad/key/x': '-'}, annotations: {'b c': ''}, finalizers: [x]}",
      ),
    ),
    manifest(
      daemons,
      fluentd.replace(
        "spec:\n  selector",
        "spec:\n  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}}\n  selector",
      ),
    ),
    manifest(
      daemons,
      fluentd.replace(
        "spec:\n  selector",
        "spec:\n  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: -1, maxUnavailable: a%}}\n  templateGeneration: 4\n  selector",
      ),
    ),
  ),
  life(
    "replica set: guestbook's life",
    manifest(replicas, guestbook),
    table(`${replicas}/frontend`),
    merge(`${replicas}/frontend`, { spec: { minReadySeconds: 60, replicas: 0 } }),
    merge(`${replicas}/frontend`, { metadata: { labels: { tier: null } }, spec: { template: { metadata: { labels: { extra: "1" } } } } }),
    merge(`${replicas}/frontend`, { spec: { selector: { matchLabels: { extra: "1" } } } }),
    merge(`${replicas}/frontend/status`, {
      status: {
        replicas: 3,
        fullyLabeledReplicas: 3,
        readyReplicas: 2,
        availableReplicas: 1,
        terminatingReplicas: 2,
        observedGeneration: 2,
        conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" }],
      },
    }),
    table(`${replicas}?fieldSelector=status.replicas=3`),
    table(`${replicas}?fieldSelector=status.replicas!=3,metadata.namespace={ns}`),
    merge(`${replicas}/frontend/status`, { status: { replicas: 1 } }),
    merge(`${replicas}/frontend/scale`, { spec: { replicas: 4 }, status: { replicas: 9 } }),
    json(`${replicas}/frontend/scale`, [{ op: "replace", path: "/spec/replicas", value: -4 }]),
    edit(`${replicas}/frontend`, ({ spec }) => (spec.template.spec = { containers: [] })),
    remove(`${replicas}/frontend?propagationPolicy=Orphan&gracePeriodSeconds=5`),
  ),
  life(
    "controller revisions",
    create(revisions, {
      metadata: { name: "zk-1", labels: { app: "zk" } },
      data: { spec: { template: { $patch: "replace" } } },
      revision: 1,
    }),
    create(revisions, { metadata: { name: "zk-2" }, revision: 2 }),
    create(revisions, { metadata: { name: "zk-3" }, data: { a: 1 }, revision: -3 }),
    create(revisions, { metadata: { name: "zk-4" }, data: [1, 2], revision: 0 }),
    create(revisions, { metadata: { name: "zk-5" }, data: "text", revision: 0 }),
    create(revisions, { metadata: { name: "zk-6" }, data: null, revision: 0 }),
    create(revisions, { metadata: { name: "Zk_7" }, data: {}, revision: "a" }),
    create(revisions, {
      metadata: {
        name: "zk-8",
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "zk", uid: "1-2", controller: true, blockOwnerDeletion: true },
        ],
      },
      data: { apiVersion: "v1" },
    }),
    table(revisions),
    merge(`${revisions}/zk-1`, { revision: 5 }),
    merge(`${revisions}/zk-1`, { revision: 4 }),
    merge(`${revisions}/zk-1`, { data: { spec: 1 } }),
    merge(`${revisions}/zk-1`, { data: null, revision: -1 }),
    merge(`${revisions}/zk-8`, { metadata: { labels: { a: "b" } } }),
    applied(
      `${revisions}/zk-9`,
      "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: zk-9}\ndata: {x: {y: 1}}\nrevision: 3",
      "m",
    ),
    applied(
      `${revisions}/zk-9`,
      "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: zk-9}\ndata: {x: {y: 1}}\nrevision: 9",
      "n",
    ),
    get(`${revisions}/zk-9`),
  ),
  life(
    "replication controller: its life",
    manifest(controllers, controller),
    table(`${controllers}/nginx`),
    merge(`${controllers}/nginx`, { spec: { selector: { app: "nginx" }, replicas: 2 } }),
    merge(`${controllers}/nginx`, { spec: { selector: { app: "nginx", version: null }, minReadySeconds: 1 } }),
    merge(`${controllers}/nginx`, { spec: { selector: { none: "x" } } }),
    merge(`${controllers}/nginx`, { spec: { selector: null } }),
    merge(`${controllers}/nginx`, { spec: { template: null } }),
    merge(`${controllers}/nginx`, {
      spec: {
        replicas: -1,
        minReadySeconds: -1,
        template: { spec: { restartPolicy: "OnFailure", volumes: [{ name: "a" }, { name: "a" }] } },
      },
    }),
    merge(`${controllers}/nginx/status`, {
      status: { replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 },
    }),
    merge(`${controllers}/nginx/status`, {
      status: { replicas: -2, fullyLabeledReplicas: 3, readyReplicas: 4, availableReplicas: 5, observedGeneration: -1 },
    }),
    table(`${controllers}?fieldSelector=status.replicas=2`),
    get(`${controllers}/nginx/scale`),
    put(`${controllers}/nginx/scale`, { metadata: { name: "nginx" }, spec: { replicas: 0 } }),
    applied(`${controllers}/nginx`, controller, "c"),
    applied(`${controllers}/nginx`, controller.replace("spec:\n", "spec:\n  replicas: 5\n"), "c"),
    remove(`${controllers}/nginx`),
    remove(controllers),
  ),
  life(
    "pod templates",
    manifest(
      templates,
      "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a, labels: {x: y}}\ntemplate:\n  metadata: {labels: {a: b}}\n  spec: {containers: [{name: one, image: 'i:1'}, {name: two, image: 'j'}]}",
    ),
    table(`${templates}/a`),
    merge(`${templates}/a`, { template: { metadata: { labels: { a: null, c: "d" } } } }),
    strategic(`${templates}/a`, { template: { spec: { containers: [{ name: "two", $patch: "delete" }], restartPolicy: "Never" } } }),
    merge(`${templates}/a`, { template: { spec: { containers: [] } } }),
    merge(`${templates}/a`, { template: { spec: { containers: [{ name: "A", image: " x" }], initContainers: [{ name: "A" }] } } }),
    manifest(templates, "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: b}"),
    manifest(
      templates,
      "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: b}\nspec: {}\ntemplate: {spec: {restartPolicy: x, dnsPolicy: y, nodeName: n, hostname: 'a.b'}}",
    ),
    applied(
      `${templates}/a`,
      "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\ntemplate: {spec: {containers: [{name: one, image: 'i:2'}]}}",
      "m",
    ),
    merge(`${templates}/a`, { template: null }),
    table(templates),
    remove(`${templates}/a`),
  ),
];

export default sequences;
