import type { Component, ComponentDeps } from "../client/client.ts";
import type { InformerFactory } from "../client/informer.ts";
import type { Discover } from "../client/served-resource.ts";
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
import { startRootCaPublisher, startServiceAccountController } from "../controllers/serviceaccount/service-account.ts";
import { startStatefulSetController } from "../controllers/statefulset/stateful-set.ts";

export interface ControllersDeps extends ComponentDeps {
  informers: InformerFactory;
  discover: Discover;
  /** What pods know the API server by; not told to them when it isn't known. */
  certificateAuthority?: string;
  /** Issues the certificates that nodes and users ask for; without it nobody here approves or signs requests. */
  issuer?: CertificateIssuer;
  /** Of which nodes get ranges for their pods; they get none when absent. */
  clusterCidr?: string;
  /** Where volumes of the local class are, on every node. */
  localVolumeDirectory: string;
}

/** Starts all controllers over one set of informers. */
export function startControllers(deps: ControllersDeps): Component[] {
  const { certificateAuthority, clusterCidr, issuer } = deps;
  return [
    startServiceAccountController(deps),
    ...(certificateAuthority ? [startRootCaPublisher({ ...deps, certificateAuthority })] : []),
    startNamespaceController(deps),
    startResourceQuota(deps),
    startClusterRoleAggregation(deps),
    ...(issuer ? [startCertificateApprover({ ...deps, issuer }), startCertificateSigner({ ...deps, issuer })] : []),
    startCertificateCleaner(deps),
    startReplicationController(deps),
    startReplicaSetController(deps),
    startDeploymentController(deps),
    startDaemonSetController(deps),
    startStatefulSetController(deps),
    startJobController(deps),
    startTtlAfterFinished(deps),
    startCronJobController(deps),
    startDisruption(deps),
    startNodeLifecycle(deps),
    ...(clusterCidr ? [startNodeIpam({ ...deps, options: { clusterCidrs: [clusterCidr] } })] : []),
    startTaintEviction(deps),
    startEndpointsController(deps),
    startEndpointSliceController(deps),
    startGarbageCollector(deps),
    startPodGc(deps),
    startEphemeralVolumes(deps),
    startVolumeBinder({ ...deps, provisioners: [localPath(deps.localVolumeDirectory)] }),
    startClaimProtection(deps),
    startVolumeProtection(deps),
  ];
}
