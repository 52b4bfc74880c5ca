import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "../../api/certificates/v1.ts";
import { certificatesigningrequests } from "../../api/refs.ts";
import type { Component } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { deepCopy, nameOf } from "../../machinery/object.ts";
import type { CertificateDeps } from "./approver.ts";
import { hasCondition, notForNodeClient, notForNodeServing, type RequestedCertificate, signers } from "./requested-certificate.ts";

const longestSeconds = 365 * 24 * 3600;
const shortestSeconds = 600;
/** Clocks of others may be behind. */
const backdateMilliseconds = 5 * 60_000;

/** Issues the certificates of approved requests for the signers of Kubernetes' own domain. */
export function startCertificateSigner(deps: CertificateDeps): Component {
  const requests = deps.informers.informer(certificatesigningrequests);
  return startController({
    name: "csrsigning",
    deps,
    informers: [requests],
    setup(queue, on) {
      const enqueue = (request: CertificateSigningRequest) => queue.add(nameOf(request));
      on(requests, { add: enqueue, update: enqueue });
    },
    async sync(name) {
      const request = requests.get(name);
      if (!request || request.status?.certificate || !hasCondition(request, "Approved") || hasCondition(request, "Denied", "Failed"))
        return;
      const { spec } = request;
      if (!Object.values<string>(signers).includes(spec.signerName)) return;
      const pem = atob(spec.request);
      const requested = await deps.issuer.read(pem);
      const why = requested ? refusal(request, requested) : "the request can't be read, or is not signed with its own key";
      if (why) {
        await write(deps, request, { condition: { type: "Failed", status: "True", reason: "SignerValidationFailure", message: why } });
        return;
      }
      const now = deps.clock.now();
      const certificate = await deps.issuer.issue(pem, {
        authority: spec.signerName === signers.nodeServing ? "serving" : "cluster",
        usages: spec.usages ?? [],
        notBefore: now - backdateMilliseconds,
        notAfter: now + lifetimeSeconds(spec) * 1000,
      });
      await write(deps, request, { certificate: btoa(certificate) });
    },
  });
}

function lifetimeSeconds({ expirationSeconds }: CertificateSigningRequestSpec): number {
  return Math.min(longestSeconds, Math.max(shortestSeconds, expirationSeconds ?? longestSeconds));
}

/** What a signer never signs, whoever approved it. */
function refusal(request: CertificateSigningRequest, requested: RequestedCertificate): string | undefined {
  switch (request.spec.signerName) {
    case signers.nodeClient:
      return notForNodeClient(request, requested);
    case signers.nodeServing:
      return notForNodeServing(request, requested);
    default:
      // Whom this certificate makes may not be the one who needs no rights.
      if (requested.organizations.includes("system:masters"))
        return `use of ${signers.client} signer with system:masters group is not allowed`;
      return request.spec.usages?.every((usage) => ["client auth", "digital signature", "key encipherment"].includes(usage))
        ? undefined
        : "the signer issues client certificates only";
  }
}

async function write(
  { client }: CertificateDeps,
  request: CertificateSigningRequest,
  { condition, certificate }: { condition?: CertificateSigningRequestCondition; certificate?: string },
): Promise<void> {
  const written = deepCopy(request);
  written.status = {
    ...written.status,
    ...(certificate ? { certificate } : {}),
    ...(condition ? { conditions: [...(written.status?.conditions ?? []), condition] } : {}),
  };
  await client.update(certificatesigningrequests, written, { subresource: "status" });
}
