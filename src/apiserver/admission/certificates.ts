import type { CertificateSigningRequest } from "../../api/certificates/v1.ts";
import { deepEqual } from "../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { Authorizer } from "../authorize.ts";
import type { Identity } from "../request.ts";
import { refuse } from "./refuse.ts";

const resources = ["certificatesigningrequests.certificates.k8s.io"];

/** Who approves or denies a request needs `approve` on its signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    resources,
    validate(attributes) {
      if (attributes.operation !== "UPDATE" || attributes.subresource !== "approval") return;
      const { signerName } = asRequest(attributes.old).spec;
      if (!mayUseSigner(authorizer, attributes.user, "approve", signerName))
        throw refuse(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}

/** Who issues a certificate, or says that signing has failed, needs `sign` on the request's signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateSigning",
    resources,
    validate(attributes) {
      if (attributes.operation !== "UPDATE" || attributes.subresource !== "status" || !signs(attributes)) return;
      const { signerName } = asRequest(attributes.old).spec;
      if (!mayUseSigner(authorizer, attributes.user, "sign", signerName))
        throw refuse(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}

const asRequest = (object: unknown) => object as CertificateSigningRequest;

function signs({ object, old }: AdmissionAttributes): boolean {
  const after = asRequest(object).status;
  const before = asRequest(old).status;
  return after?.certificate !== before?.certificate || !deepEqual(after?.conditions ?? [], before?.conditions ?? []);
}

/** By the signer's whole name, or by its domain: `example.com/*`. */
function mayUseSigner(authorizer: Authorizer, user: Identity, verb: "approve" | "sign", signerName: string): boolean {
  return [signerName, `${signerName.split("/")[0]}/*`].some((name) =>
    authorizer.allows(user, {
      isResourceRequest: true,
      verb,
      group: "certificates.k8s.io",
      version: "*",
      resource: "signers",
      subresource: "",
      namespace: "",
      name,
      path: "",
    }),
  );
}
