import { asTable } from "../damages.ts";
import { create, patch, type Sequence, type Watch } from "../sequences.ts";

/** What bookmarks hold, and what watches in other forms say of objects that leave their selection. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  "api/v1": [
    ...["configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods"],
    ...["podtemplates", "replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services"],
  ],
  "apis/admissionregistration.k8s.io/v1": [
    ...["mutatingadmissionpolicies", "mutatingadmissionpolicybindings", "mutatingwebhookconfigurations"],
    ...["validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations"],
  ],
  "apis/apiextensions.k8s.io/v1": ["customresourcedefinitions"],
  "apis/apiregistration.k8s.io/v1": ["apiservices"],
  "apis/apps/v1": ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
  "apis/autoscaling/v1": ["horizontalpodautoscalers"],
  "apis/autoscaling/v2": ["horizontalpodautoscalers"],
  "apis/batch/v1": ["cronjobs", "jobs"],
  "apis/certificates.k8s.io/v1": ["certificatesigningrequests"],
  "apis/coordination.k8s.io/v1": ["leases"],
  "apis/discovery.k8s.io/v1": ["endpointslices"],
  "apis/events.k8s.io/v1": ["events"],
  "apis/flowcontrol.apiserver.k8s.io/v1": ["flowschemas", "prioritylevelconfigurations"],
  "apis/networking.k8s.io/v1": ["ingressclasses", "ingresses", "ipaddresses", "networkpolicies", "servicecidrs"],
  "apis/node.k8s.io/v1": ["runtimeclasses"],
  "apis/policy/v1": ["poddisruptionbudgets"],
  "apis/rbac.authorization.k8s.io/v1": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
  "apis/resource.k8s.io/v1": ["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"],
  "apis/scheduling.k8s.io/v1": ["priorityclasses"],
  "apis/storage.k8s.io/v1": [
    ...["csidrivers", "csinodes", "csistoragecapacities", "storageclasses", "volumeattachments", "volumeattributesclasses"],
  ],
};
const query =
  "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnone-{u}";
const end = (path: string, more: Partial<Watch> = {}): Watch => ({ watch: `/${path}?${query}&timeoutSeconds=2`, until: 1, ...more });
const accept = asTable.headers;
const partial = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const sets = "/apis/apps/v1/namespaces/{ns}/daemonsets";
const leaves = (path: string, headers: Record<string, string>, more = ""): Sequence["steps"][number] => {
  return (answers) => ({
    watch: `${path}?watch=1&labelSelector=a%3Db&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=3${more}`,
    headers,
    until: 1,
  });
};
const daemons = {
  metadata: { name: "a", labels: { a: "b" }, annotations: { own: "x" } },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
};

const sequences: Sequence[] = [
  ...Object.entries(kinds).map(([group, resources]) => ({
    name: `the end of initial events, ${group}`,
    steps: resources.map((resource) => end(`${group}/${resource}`)),
  })),
  {
    name: "the end of initial events as a table",
    steps: [
      ...["pods", "services", "nodes", "secrets", "events", "limitranges"].map((resource) =>
        end(`api/v1/${resource}`, { headers: accept }),
      ),
      ...["deployments", "daemonsets", "statefulsets"].map((resource) => end(`apis/apps/v1/${resource}`, { headers: accept })),
      end("apis/batch/v1/jobs", { headers: accept }),
      end("apis/networking.k8s.io/v1/ingresses", { headers: accept }),
      end("apis/rbac.authorization.k8s.io/v1/roles", { headers: accept }),
      end("apis/coordination.k8s.io/v1/leases", { headers: accept }),
    ],
  },
  {
    name: "the end of initial events as metadata",
    steps: ["api/v1/pods", "apis/apps/v1/daemonsets", "apis/apps/v1/deployments"].map((path) => end(path, { headers: partial })),
  },
  ...Object.entries({ [configMaps]: { metadata: { name: "a", labels: { a: "b" } } }, [sets]: daemons }).map(([path, object]) => ({
    name: `${path.split("/").at(-1)} that leave a selection`,
    steps: [
      create(path, object),
      patch("merge", `${path}/a`, { metadata: { labels: { a: "c" } } }),
      leaves(path, {}),
      leaves(path, accept),
      leaves(path, accept, "&includeObject=Object"),
      leaves(path, accept, "&includeObject=None"),
      leaves(path, partial),
    ],
  })),
];

export default sequences;
