import type { Pod, ServiceAccount, Volume } from "../../api/core/v1.ts";
import { nameSuffix, type Random } from "../../machinery/random.ts";
import { isPathSegmentName } from "../../machinery/validation/names.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const mirrorAnnotation = "kubernetes.io/config.mirror";
/** Seconds over an hour, so that a token of the projected volume is told from others in metrics. */
const tokenExpirationSeconds = 3607;
const volumePrefix = "kube-api-access-";

/** Gives pods a service account, its image pull secrets, and the volume with its token. */
export function serviceAccountAdmission(objects: ObjectReader, random: Random): AdmissionPlugin {
  const find = (namespace: string, name: string) => objects.get("serviceaccounts", namespace, name)?.value as ServiceAccount | undefined;
  return {
    name: "ServiceAccount",
    resources: ["pods"],
    admit(attributes) {
      if (attributes.operation !== "CREATE" || attributes.subresource !== "") return;
      const pod = attributes.object as Pod;
      const { spec } = pod;
      if (!spec || pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return;
      spec.serviceAccountName ||= "default";
      spec.serviceAccount = spec.serviceAccountName;
      const account = find(attributes.namespace, spec.serviceAccountName);
      if (!account) {
        const bad = isPathSegmentName(spec.serviceAccountName);
        const quoted = JSON.stringify(spec.serviceAccountName);
        const text = bad.length > 0 ? `invalid resource name ${quoted}: [${bad.join(" ")}]` : `serviceaccount ${quoted} not found`;
        throw refuse(attributes, `error looking up service account ${attributes.namespace}/${spec.serviceAccountName}: ${text}`);
      }
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod, random);
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ ...(name ? { name } : {}) }));
      }
    },
    validate(attributes) {
      if (attributes.operation !== "CREATE" || attributes.subresource !== "") return;
      const pod = attributes.object as Pod;
      if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) return;
      if (pod.spec?.serviceAccountName) throw refuse(attributes, "a mirror pod may not reference service accounts");
      const projected = pod.spec?.volumes?.some(({ projected }) =>
        projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
      );
      if (projected) throw refuse(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
    },
  };
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
