import type { WebhookTarget } from "../apiserver/webhook-client.ts";
import { loadConnection } from "../client/load-kubeconfig.ts";
import type { Clock } from "../machinery/clock.ts";

/** The webhook that a kubeconfig names. */
export function webhookTarget(clock: Clock, path: string): WebhookTarget {
  const { server, certificateAuthority, clientCertificate, clientKey, token, tlsServerName, insecureSkipTlsVerify } = loadConnection({
    clock,
    kubeconfig: path,
  });
  const tokenText = typeof token === "string" ? async () => token : token;
  return {
    url: server,
    ...(certificateAuthority ? { caBundle: Buffer.from(certificateAuthority).toString("base64") } : {}),
    credentials: {
      ...(clientCertificate && clientKey ? { certificate: { certificate: clientCertificate, key: clientKey } } : {}),
      ...(tokenText ? { token: tokenText } : {}),
      ...(tlsServerName ? { serverName: tlsServerName } : {}),
      ...(insecureSkipTlsVerify ? { insecure: true } : {}),
    },
  };
}
