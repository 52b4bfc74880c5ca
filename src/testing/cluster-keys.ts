import { generateKeyPairSync } from "node:crypto";
import { systemClock } from "../client/system-clock.ts";
import { selfSignedAuthority } from "../cluster/authority-certificate.ts";
import type { KeyPair } from "../cluster/certificate.ts";

/** A cluster's secrets, PEM. */
export interface ClusterKeys {
  authority: KeyPair;
  /** Signs service-account tokens. */
  tokenKey: string;
}

const yearMilliseconds = 365 * 24 * 3600 * 1000;

/** Good now and at the cluster's time, whichever is first and last: connections are checked by the machine's clock. */
export function newKeys(clusterNow: number): ClusterKeys {
  const now = systemClock.now();
  const notBefore = new Date(Math.min(now, clusterNow) - yearMilliseconds);
  const notAfter = new Date(Math.max(now, clusterNow) + 10 * yearMilliseconds);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    authority: selfSignedAuthority("kybern-ca", notBefore, notAfter),
    tokenKey: privateKey.export({ format: "pem", type: "sec1" }) as string,
  };
}
