import type { TokenRequest } from "../../api/authentication/v1.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "../../api/core/v1.ts";
import type { CSIDriver } from "../../api/storage/v1.ts";
import { notFound, StatusError } from "../../machinery/errors.ts";
import type { AdmissionAttributes } from "../admit.ts";
import { type Authorizer, aggregated, resourceAttributes } from "../authorization/authorizer.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

/** A node gets tokens for the pods that run on it, and for whom these pods name. */
export async function checkNodeToken(
  objects: ObjectReader,
  authorizer: Authorizer,
  attributes: AdmissionAttributes,
  node: string,
): Promise<void> {
  const { spec } = attributes.object as unknown as TokenRequest;
  const { boundObjectRef: bound, audiences } = spec ?? {};
  if (bound?.apiVersion !== "v1" || bound.kind !== "Pod" || !bound.name)
    throw refuse(attributes, "node requested token not bound to a pod");
  if (!bound.uid) throw refuse(attributes, "node requested token with a pod binding without a uid");
  const pod = objects.get("pods", attributes.namespace, bound.name)?.value as Pod | undefined;
  if (!pod) throw notFound({ group: "", resource: "pod" }, bound.name);
  if (pod.metadata.uid !== bound.uid) {
    throw refuse(
      attributes,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec?.nodeName !== node) throw refuse(attributes, "node requested token bound to a pod scheduled on a different node");
  await checkAudience(objects, authorizer, attributes, pod, audiences ?? []);
}

async function checkAudience(
  objects: ObjectReader,
  authorizer: Authorizer,
  attributes: AdmissionAttributes,
  pod: Pod,
  audiences: readonly string[],
): Promise<void> {
  if (audiences.length > 1) throw refuse(attributes, "node may only request 0 or 1 audiences");
  const [audience = ""] = audiences;
  const quoted = JSON.stringify(audience);
  if (isNamed(objects, attributes, pod, audience)) return;
  const { user, namespace, name } = attributes;
  const asked = { verb: "request-serviceaccounts-token-audience", namespace, version: "v1", resource: audience, name };
  const { effect, error } = await authorizer.decide(user, resourceAttributes(asked));
  if (effect === "allow") return;
  const head = `audience ${quoted} not found in pod spec volume`;
  const why = error === undefined ? `${user.name} is not authorized` : `error authorizing ${user.name}`;
  throw refuse(attributes, `${head}, ${why} to request tokens for this audience${error === undefined ? "" : `: ${error}`}`);
}

/** Whether a volume of the pod has a token for the audience: one of its own, or one that its CSI driver is given. */
function isNamed(objects: ObjectReader, attributes: AdmissionAttributes, pod: Pod, audience: string): boolean {
  const errors: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (
      volume.projected?.sources?.some((source) => source.serviceAccountToken && (source.serviceAccountToken.audience ?? "") === audience)
    ) {
      return true;
    }
    try {
      const driver = driverOf(objects, pod, volume);
      if (driver?.spec.tokenRequests?.some((request) => request.audience === audience)) return true;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      errors.push(error.message);
    }
  }
  if (errors.length > 0) throw refuse(attributes, `error validating audience ${JSON.stringify(audience)}: ${aggregated(errors)}`);
  return false;
}

/** Throws the 404 of what is named and not there. */
function driverOf(objects: ObjectReader, pod: Pod, volume: Volume): CSIDriver | undefined {
  const find = (resource: string, shown: { group: string; resource: string }, namespace: string, name: string) => {
    const entry = objects.get(resource, namespace, name);
    if (!entry) throw notFound(shown, name);
    return entry.value;
  };
  let driver = volume.csi?.driver;
  const claimName = volume.ephemeral?.volumeClaimTemplate ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
  if (claimName !== undefined) {
    const shown = { group: "", resource: "persistentvolumeclaim" };
    const claim = find("persistentvolumeclaims", shown, pod.metadata.namespace ?? "", claimName) as PersistentVolumeClaim;
    const volumeName = claim.spec?.volumeName ?? "";
    const bound = find("persistentvolumes", { group: "", resource: "persistentvolume" }, "", volumeName) as PersistentVolume;
    driver = bound.spec?.csi?.driver;
  }
  if (!driver) return undefined;
  return find("csidrivers.storage.k8s.io", { group: "storage.k8s.io", resource: "csidriver" }, "", driver) as unknown as CSIDriver;
}
