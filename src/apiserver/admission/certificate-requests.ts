import { parseCertificateRequest } from "../../machinery/certificate-request.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { type Authorizer, resourceAttributes } from "../authorization/authorizer.ts";
import type { Identity } from "../request.ts";
import { refuse } from "./refuse.ts";

const resources = ["certificatesigningrequests.certificates.k8s.io"];
const clientSigner = "kubernetes.io/kube-apiserver-client";

interface Request extends AnyObject {
  spec?: { signerName?: string; request?: string };
  status?: { certificate?: string; conditions?: unknown[] };
}

/** Who may approve and sign requests, and that none of them makes a master. */
export function certificateRequestPlugins(authorizer: Authorizer): AdmissionPlugin[] {
  return [
    {
      name: "CertificateApproval",
      resources,
      async validate(attributes) {
        if (attributes.operation !== "UPDATE" || attributes.subresource !== "approval") return;
        const signer = signerOf(attributes.old);
        if (!(await mayUse(authorizer, attributes.user, "approve", signer))) {
          throw refuse(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`);
        }
      },
    },
    {
      name: "CertificateSigning",
      resources,
      async validate(attributes) {
        if (attributes.operation !== "UPDATE" || attributes.subresource !== "status") return;
        const [now, before] = [attributes.object?.status, attributes.old?.status] as (Request["status"] | undefined)[];
        if (now?.certificate === before?.certificate && deepEqual(now?.conditions ?? [], before?.conditions ?? [])) return;
        const signer = signerOf(attributes.old);
        if (!(await mayUse(authorizer, attributes.user, "sign", signer))) {
          throw refuse(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`);
        }
      },
    },
    { name: "CertificateSubjectRestriction", resources, validate: refuseMasters },
  ];
}

function signerOf(object: Readonly<AnyObject> | undefined): string {
  return (object as Request | undefined)?.spec?.signerName ?? "";
}

/** The right may be given for one signer, or for all of a domain. */
async function mayUse(authorizer: Authorizer, user: Identity, verb: string, signer: string): Promise<boolean> {
  for (const name of [signer, `${signer.split("/")[0]}/*`]) {
    const attributes = { verb, group: "certificates.k8s.io", version: "*", resource: "signers", name };
    if (await authorizer.allows(user, resourceAttributes(attributes))) return true;
  }
  return false;
}

function refuseMasters(attributes: AdmissionAttributes): void {
  if (attributes.operation !== "CREATE" || attributes.subresource !== "") return;
  const { spec } = attributes.object as Request;
  if (spec?.signerName !== clientSigner) return;
  const { organizations } = parseCertificateRequest(atob(spec.request ?? ""));
  if (organizations.includes("system:masters")) {
    throw refuse(attributes, `use of ${clientSigner} signer with system:masters group is not allowed`);
  }
}
