import type { ConfigMap } from "../../api/core/v1.ts";
import { configmaps } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import { ensure } from "./ensure.ts";

/** By whose certificate aggregated servers know the API server. */
export interface FrontProxy {
  authority: string;
  name: string;
}

const apiVersion = "v1";
const kind = "ConfigMap";
const namespace = "kube-system";

/**
 * What upstream's components look up in `kube-system`: since when the use of long-lived tokens is noted, and the authority that
 * authenticates clients, by which other API servers, and the metrics of controllers and scheduler, know whom they talk to.
 */
export async function ensureSystemConfigMaps(
  client: Client,
  clock: Clock,
  { clientAuthority, frontProxy }: { clientAuthority?: string; frontProxy?: FrontProxy },
): Promise<void> {
  const tracking = "kube-apiserver-legacy-service-account-token-tracking";
  const since = new Date(clock.now()).toISOString().slice(0, 10);
  await ensure(client, configmaps, { apiVersion, kind, metadata: { name: tracking, namespace }, data: { since } });
  if (clientAuthority === undefined) return;
  const data = { "client-ca-file": clientAuthority, ...(frontProxy ? requestHeaders(frontProxy) : {}) };
  const authentication: ConfigMap = { apiVersion, kind, metadata: { name: "extension-apiserver-authentication", namespace }, data };
  await ensure(client, configmaps, authentication, (current) =>
    Object.entries(data).every(([name, value]) => current.data?.[name] === value)
      ? undefined
      : { ...current, data: { ...current.data, ...data } },
  );
}

/** By which headers other servers are told on whose behalf they are asked, and who may tell them. */
function requestHeaders({ authority, name }: FrontProxy): Record<string, string> {
  const list = (...values: string[]) => JSON.stringify(values);
  return {
    "requestheader-client-ca-file": authority,
    "requestheader-allowed-names": list(name),
    "requestheader-username-headers": list("X-Remote-User"),
    "requestheader-uid-headers": list("X-Remote-Uid"),
    "requestheader-group-headers": list("X-Remote-Group"),
    "requestheader-extra-headers-prefix": list("X-Remote-Extra-"),
  };
}
