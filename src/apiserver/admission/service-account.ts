import { mirrorAnnotation } from "../../api/core/pod-annotations.ts";
import type { Pod, ServiceAccount, Volume } from "../../api/core/v1.ts";
import { StatusError } from "../../machinery/errors.ts";
import { nameSuffix, type Random } from "../../machinery/random.ts";
import { isPathSegmentName } from "../../machinery/validation/names.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { podReferences } from "../authorization/pod-references.ts";
import type { ObjectReader } from "../object-reader.ts";
import { enforcesMountableSecrets, unlistedOfContainers, unlistedSecret } from "./mountable-secrets.ts";
import { refuse } from "./refuse.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Seconds over an hour, so that a token of the projected volume is told from others in metrics. */
const tokenExpirationSeconds = 3607;
const volumePrefix = "kube-api-access-";

/** Gives pods a service account, its image pull secrets, and the volume with its token, and holds them to what the account lists. */
export function serviceAccountAdmission(objects: ObjectReader, random: Random): AdmissionPlugin {
  const find = (attributes: AdmissionAttributes, name: string): ServiceAccount => {
    const account = objects.get("serviceaccounts", attributes.namespace, name);
    if (account) return account.value as ServiceAccount;
    const bad = isPathSegmentName(name);
    const quoted = JSON.stringify(name);
    const text = bad.length > 0 ? `invalid resource name ${quoted}: [${bad.join(" ")}]` : `serviceaccount ${quoted} not found`;
    throw refuse(attributes, `error looking up service account ${attributes.namespace}/${name}: ${text}`);
  };
  const check = (attributes: AdmissionAttributes) => {
    const pod = attributes.object as Pod;
    if (isMirror(pod)) {
      checkMirror(attributes, pod);
      return;
    }
    const { serviceAccountName = "" } = pod.spec ?? {};
    if (!serviceAccountName)
      throw refuse(attributes, `no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ""}`);
    const account = find(attributes, serviceAccountName);
    const why = enforcesMountableSecrets(account) ? unlistedSecret(pod, account) : undefined;
    if (why !== undefined) throw refuse(attributes, why);
  };
  const checkEphemeral = (attributes: AdmissionAttributes) => {
    const { spec, metadata } = attributes.object as Pod;
    if (!spec?.serviceAccountName) {
      throw refuse(attributes, `no service account specified for pod ${attributes.namespace}/${metadata.name ?? ""}`);
    }
    const account = find(attributes, spec.serviceAccountName);
    const why = enforcesMountableSecrets(account) ? unlistedOfContainers(spec, ["ephemeralContainers"], account) : undefined;
    if (why !== undefined) throw new StatusError(500, "", why);
  };
  const isNew = ({ operation, subresource }: AdmissionAttributes) => operation === "CREATE" && subresource === "";
  return {
    name: "ServiceAccount",
    resources: ["pods"],
    admit(attributes) {
      if (!isNew(attributes)) return;
      const pod = attributes.object as Pod;
      const { spec } = pod;
      if (!spec) return;
      if (!isMirror(pod)) {
        spec.serviceAccountName ||= "default";
        spec.serviceAccount = spec.serviceAccountName;
        const account = find(attributes, spec.serviceAccountName);
        if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod, random);
        if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
          spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ ...(name ? { name } : {}) }));
        }
      }
      check(attributes);
    },
    validate(attributes) {
      if (isNew(attributes)) check(attributes);
      else if (attributes.operation === "UPDATE" && attributes.subresource === "ephemeralcontainers") checkEphemeral(attributes);
    },
  };
}

function isMirror({ metadata }: Readonly<Pod>): boolean {
  return metadata.annotations?.[mirrorAnnotation] !== undefined;
}

/** What stands for a pod that a node has of its own names nothing that the API server would have to give it. */
function checkMirror(attributes: AdmissionAttributes, pod: Pod): void {
  if (pod.spec?.serviceAccountName) throw refuse(attributes, "a mirror pod may not reference service accounts");
  if (podReferences(pod).secrets.size > 0) throw refuse(attributes, "a mirror pod may not reference secrets");
  const projected = pod.spec?.volumes?.some(({ projected }) => projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken));
  if (projected) throw refuse(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
}

function mountToken(pod: Pod, random: Random): void {
  const { spec } = pod;
  if (!spec) return;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const without = containers.filter(({ volumeMounts }) => !volumeMounts?.some((mount) => mount.mountPath === mountPath));
  if (without.length === 0) return;
  const existing = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix));
  const name = existing?.name ?? freeName(spec.volumes ?? [], random);
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
  if (!existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function freeName(volumes: readonly Volume[], random: Random): string {
  for (;;) {
    const name = `${volumePrefix}${nameSuffix(random)}`;
    if (!volumes.some((volume) => volume.name === name)) return name;
  }
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenExpirationSeconds, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
