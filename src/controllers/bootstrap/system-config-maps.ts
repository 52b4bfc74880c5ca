import type { ConfigMap } from "../../api/core/v1.ts";
import { configmaps } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import { ensure } from "./ensure.ts";

const apiVersion = "v1";
const kind = "ConfigMap";
const namespace = "kube-system";

/**
 * What upstream's components look up in `kube-system`: since when the use of long-lived tokens is noted, and the authority that
 * authenticates clients, by which other API servers, and the metrics of controllers and scheduler, know whom they talk to.
 */
export async function ensureSystemConfigMaps(client: Client, clock: Clock, clientAuthority: string | undefined): Promise<void> {
  const tracking = "kube-apiserver-legacy-service-account-token-tracking";
  const since = new Date(clock.now()).toISOString().slice(0, 10);
  await ensure(client, configmaps, { apiVersion, kind, metadata: { name: tracking, namespace }, data: { since } });
  if (clientAuthority === undefined) return;
  const data = { "client-ca-file": clientAuthority };
  const authentication: ConfigMap = { apiVersion, kind, metadata: { name: "extension-apiserver-authentication", namespace }, data };
  await ensure(client, configmaps, authentication, (current) =>
    current.data?.["client-ca-file"] === clientAuthority ? undefined : { ...current, data: { ...current.data, ...data } },
  );
}
