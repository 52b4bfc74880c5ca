import type { AdmissionOptions } from "../apiserver/options.ts";
import type { ComponentName, NodesOption } from "./options.ts";
import type { ServerFlags } from "./server-flags.ts";

/** What `kybern up` is told, checked and complete. */
export interface UpOptions {
  dataDirectory: string;
  /** Absent: the port of the last start, else the first free one from 6443. */
  port?: number;
  bindAddresses: string[];
  advertiseAddress?: string;
  tlsNames: string[];
  /** Where the administrator's kubeconfig is written. */
  kubeconfigFile?: string;
  nodes: NodesOption;
  components: Set<ComponentName>;
  store: "lmdb" | "memory";
  serviceClusterIpRange?: string;
  clusterCidr?: string;
  nodePortRange?: string;
  serviceAccountIssuer: string;
  tokenAuthFile?: string;
  server: ServerFlags;
  admission: AdmissionOptions;
  /** Serve the API versions that Kubernetes has removed since. */
  legacyVersions: boolean;
  /** A containerd that runs already; kybern starts a private one otherwise. */
  containerdSocket?: string;
  /** Leave pods running when kybern stops. */
  detachPods: boolean;
  logLevel: "debug" | "info" | "warn" | "error";
}
