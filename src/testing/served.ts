/** Of `cluster.serve`. */
export interface ServeOptions {
  /** A free one unless told. */
  port?: number;
  /** `127.0.0.1` unless told. */
  host?: string;
}

/** Who the kubeconfig is for. */
export interface ServedUser {
  name: string;
  groups: readonly string[];
}

/** Where a cluster is reached over HTTPS. */
export interface Served {
  /** `https://127.0.0.1:34567` */
  readonly url: string;
  readonly port: number;
  /** A kubeconfig's text, with everything inline, for an administrator. */
  readonly kubeConfig: string;
  /** A file with it, which goes when the cluster stops. */
  readonly kubeconfigPath: string;
  /** PEM. */
  readonly certificateAuthority: string;
}
