import type { Component, ComponentDeps } from "../client/client.ts";
import type { InformerFactory } from "../client/informer.ts";
import type { Discover } from "../client/served-resource.ts";
import { startBootstrapSigner } from "../controllers/bootstrap-token/bootstrap-signer.ts";
import { startTokenCleaner } from "../controllers/bootstrap-token/token-cleaner.ts";
import { startCertificateApprover } from "../controllers/certificates/approver.ts";
import { startCertificateCleaner } from "../controllers/certificates/cleaner.ts";
import type { CertificateIssuer } from "../controllers/certificates/requested-certificate.ts";
import { startCertificateSigner } from "../controllers/certificates/signer.ts";
import { startClusterRoleAggregation } from "../controllers/clusterrole-aggregation/cluster-role-aggregation.ts";
import { startCronJobController } from "../controllers/cronjob/cron-job.ts";
import { startDaemonSetController } from "../controllers/daemonset/daemon-set.ts";
import { startDeploymentController } from "../controllers/deployment/deployment.ts";
import { startDisruption } from "../controllers/disruption/disruption.ts";
import { startEndpointsController } from "../controllers/endpoint/endpoints.ts";
import { startEndpointSliceController } from "../controllers/endpointslice/endpoint-slice.ts";
import { startEphemeralVolumes } from "../controllers/ephemeral-volume/ephemeral-volume.ts";
import { startGarbageCollector } from "../controllers/garbage-collector/garbage-collector.ts";
import { startJobController } from "../controllers/job/job.ts";
import { startTtlAfterFinished } from "../controllers/job/ttl-after-finished.ts";
import { startNamespaceController } from "../controllers/namespace/namespace.ts";
import { startNodeIpam } from "../controllers/node-lifecycle/node-ipam.ts";
import { startNodeLifecycle } from "../controllers/node-lifecycle/node-lifecycle.ts";
import { startTaintEviction } from "../controllers/node-lifecycle/taint-eviction.ts";
import { startVolumeBinder } from "../controllers/persistentvolume/binder.ts";
import { localPath } from "../controllers/persistentvolume/local-path.ts";
import { startClaimProtection, startVolumeProtection } from "../controllers/persistentvolume/protection.ts";
import { startPodGc } from "../controllers/pod-gc/pod-gc.ts";
import { startReplicaSetController, startReplicationController } from "../controllers/replication/replica-manager.ts";
import { startResourceQuota } from "../controllers/resourcequota/resource-quota.ts";
import { startSecretTokens } from "../controllers/serviceaccount/secret-tokens.ts";
import { startRootCaPublisher, startServiceAccountController } from "../controllers/serviceaccount/service-account.ts";
import { startStatefulSetController } from "../controllers/statefulset/stateful-set.ts";

export interface ControllersDeps extends ComponentDeps {
  informers: InformerFactory;
  discover: Discover;
  /** What pods know the API server by; not told to them when it isn't known. */
  certificateAuthority?: string;
  /** Issues the certificates that nodes and users ask for; without it nobody here approves or signs requests. */
  issuer?: CertificateIssuer;
  /** Signs tokens of service accounts; without it Secrets for them stay empty. */
  signToken?(claims: object): Promise<string>;
  /** Of which nodes get ranges for their pods; they get none when absent. */
  clusterCidr?: string;
  /** When a node was last alive whose lease is computed. */
  lastHeard?: (node: string) => number | undefined;
  /** Where volumes of the local class are, on every node. */
  localVolumeDirectory: string;
}

type Start = (deps: ControllersDeps) => Component[];

/** By upstream's names. They start in this order. */
const starts = {
  "serviceaccount-controller": (deps) => [startServiceAccountController(deps)],
  "root-ca-certificate-publisher-controller": ({ certificateAuthority, ...deps }) =>
    certificateAuthority ? [startRootCaPublisher({ ...deps, certificateAuthority })] : [],
  "serviceaccount-token-controller": ({ certificateAuthority, signToken, ...deps }) =>
    certificateAuthority && signToken ? [startSecretTokens({ ...deps, certificateAuthority, signToken })] : [],
  "bootstrap-signer-controller": (deps) => [startBootstrapSigner(deps)],
  "token-cleaner-controller": (deps) => [startTokenCleaner(deps)],
  "namespace-controller": (deps) => [startNamespaceController(deps)],
  "resourcequota-controller": (deps) => [startResourceQuota(deps)],
  "clusterrole-aggregation-controller": (deps) => [startClusterRoleAggregation(deps)],
  "certificatesigningrequest-approving-controller": ({ issuer, ...deps }) =>
    issuer ? [startCertificateApprover({ ...deps, issuer })] : [],
  "certificatesigningrequest-signing-controller": ({ issuer, ...deps }) => (issuer ? [startCertificateSigner({ ...deps, issuer })] : []),
  "certificatesigningrequest-cleaner-controller": (deps) => [startCertificateCleaner(deps)],
  "replicationcontroller-controller": (deps) => [startReplicationController(deps)],
  "replicaset-controller": (deps) => [startReplicaSetController(deps)],
  "deployment-controller": (deps) => [startDeploymentController(deps)],
  "daemonset-controller": (deps) => [startDaemonSetController(deps)],
  "statefulset-controller": (deps) => [startStatefulSetController(deps)],
  "job-controller": (deps) => [startJobController(deps)],
  "ttl-after-finished-controller": (deps) => [startTtlAfterFinished(deps)],
  "cronjob-controller": (deps) => [startCronJobController(deps)],
  "disruption-controller": (deps) => [startDisruption(deps)],
  "node-lifecycle-controller": ({ lastHeard, ...deps }) => [startNodeLifecycle({ ...deps, options: lastHeard ? { lastHeard } : {} })],
  "node-ipam-controller": ({ clusterCidr, ...deps }) =>
    clusterCidr ? [startNodeIpam({ ...deps, options: { clusterCidrs: [clusterCidr] } })] : [],
  "taint-eviction-controller": (deps) => [startTaintEviction(deps)],
  "endpoints-controller": (deps) => [startEndpointsController(deps)],
  "endpointslice-controller": (deps) => [startEndpointSliceController(deps)],
  "garbage-collector-controller": (deps) => [startGarbageCollector(deps)],
  "pod-garbage-collector-controller": (deps) => [startPodGc(deps)],
  "ephemeral-volume-controller": (deps) => [startEphemeralVolumes(deps)],
  "persistentvolume-binder-controller": (deps) => [startVolumeBinder({ ...deps, provisioners: [localPath(deps.localVolumeDirectory)] })],
  "persistentvolumeclaim-protection-controller": (deps) => [startClaimProtection(deps)],
  "persistentvolume-protection-controller": (deps) => [startVolumeProtection(deps)],
} satisfies Record<string, Start>;

/** Upstream's names of controllers. */
export type ControllerName = keyof typeof starts;

export const controllerNames = Object.keys(starts) as readonly ControllerName[];

/** Starts controllers over one set of informers: all of them unless told. */
export function startControllers(deps: ControllersDeps, names: readonly ControllerName[] = controllerNames): Component[] {
  return controllerNames.filter((name) => names.includes(name)).flatMap((name) => (starts[name] as Start)(deps));
}
