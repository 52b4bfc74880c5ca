import { type FieldPath, field } from "../../machinery/errors.ts";
import { isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import type { Container, PodSpec, WindowsSecurityContextOptions } from "./v1.ts";

const maxCredentialKibibytes = 64;
const maxDomainLength = 256;
const maxUserLength = 104;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const dnsName = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);
const forbiddenInUser = /["/\\:;|=,+*?<>@[\]]/;

export function validateWindowsOptions(errors: Errors, options: WindowsSecurityContextOptions | undefined, path: FieldPath): void {
  if (!options) return;
  const at = path.child("windowsOptions");
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name !== undefined) complain(errors, at.child("gmsaCredentialSpecName"), name, isDNS1123Subdomain(name));
  const invalidSpec = (text: string) => errors.push(field.invalid(at.child("gmsaCredentialSpec"), spec, `gmsaCredentialSpec ${text}`));
  if (spec === "") invalidSpec("cannot be an empty string");
  else if (utf8Length(spec ?? "") > maxCredentialKibibytes * 1024) invalidSpec(`size must be under ${maxCredentialKibibytes} KiB`);
  if (runAsUserName !== undefined) validateUser(errors, runAsUserName, at.child("runAsUserName"));
}

/** `USER` or `DOMAIN\USER`. */
function validateUser(errors: Errors, name: string, at: FieldPath): void {
  const invalid = (text: string) => errors.push(field.invalid(at, name, text));
  const parts = name.split("\\");
  if (name === "") invalid("runAsUserName cannot be an empty string");
  else if (controlCharacter.test(name)) invalid("runAsUserName cannot contain control characters");
  else if (parts.length > 2) invalid("runAsUserName cannot contain more than one backslash");
  else {
    const user = parts.at(-1) as string;
    const domain = parts.length === 2 ? parts[0] : undefined;
    if (utf8Length(domain ?? "") >= maxDomainLength) invalid(`runAsUserName's Domain length must be under ${maxDomainLength} characters`);
    if (domain !== undefined && !netBiosName.test(domain) && !dnsName.test(domain)) {
      invalid("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    if (user === "") invalid("runAsUserName's User cannot be empty");
    else if (utf8Length(user) > maxUserLength) invalid(`runAsUserName's User length must not be longer than ${maxUserLength} characters`);
    if (/^[. ]+$/.test(user)) invalid("runAsUserName's User cannot contain only periods or spaces");
    if (forbiddenInUser.test(user)) {
      invalid(`runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
    }
  }
}

/** Containers that are processes of the host: all of a pod are, or none, and they use the host's network. */
export function validateHostProcesses(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let processes = 0;
  const count = (containers: readonly Pick<Container, "securityContext">[] | undefined, list: FieldPath) => {
    for (const [index, { securityContext }] of (containers ?? []).entries()) {
      all++;
      const own = securityContext?.windowsOptions?.hostProcess;
      if (ofPod !== undefined && own !== undefined && own !== ofPod) {
        const at = list.index(index).child("securityContext", "windowsOptions", "hostProcess");
        errors.push(field.invalid(at, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`));
      }
      if (own ?? ofPod) processes++;
    }
  };
  count(spec.initContainers, path.child("initContainers"));
  count(spec.containers, path.child("containers"));
  count(spec.ephemeralContainers, path.child("ephemeralContainers"));
  if (processes === 0) return;
  if (processes < all) {
    errors.push(field.invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers"));
  }
  if (!spec.hostNetwork) {
    errors.push(field.invalid(path.child("hostNetwork"), false, "hostNetwork must be true if pod contains any hostProcess containers"));
  }
}
