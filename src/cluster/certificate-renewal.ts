import type { Component } from "../client/client.ts";
import { type Clock, pause } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { type AuthorityName, type CertificateStore, expiryOf } from "./certificates.ts";

export interface CertificateRenewalDeps {
  certificates: CertificateStore;
  clock: Clock;
  logger: Logger;
}

const authorityNames: readonly AuthorityName[] = ["ca", "kubelet-serving-ca", "front-proxy-ca"];
const periodMilliseconds = 12 * 3600 * 1000;
/** The authority itself can't be replaced under a running cluster: its end is told long before. */
const authorityWarningMilliseconds = 180 * 24 * 3600 * 1000;

/** Looks twice a day at the certificates that are kept, and has those made anew that are near their end. */
export function startCertificateRenewal({ certificates, clock, logger }: CertificateRenewalDeps): Component {
  const stopping = new AbortController();
  const { signal } = stopping;
  const look = async () => {
    const renewed = await certificates.renew();
    if (renewed.length > 0) logger.info("certificates were renewed", { certificates: renewed });
    for (const name of authorityNames) {
      if (!certificates.hasAuthority(name)) continue;
      const end = expiryOf((await certificates.authority(name)).certificate);
      if (end - clock.now() > authorityWarningMilliseconds) continue;
      logger.warn("a certificate authority of the cluster ends soon; nothing renews it", {
        authority: name,
        ends: new Date(end).toISOString(),
      });
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      try {
        await look();
      } catch (error) {
        logger.error("certificates could not be renewed; they are looked at again in 12 hours", { error });
      }
      await pause(clock, periodMilliseconds, signal);
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
