import { type FieldPath, field } from "../machinery/errors.ts";
import { isDNS1123Subdomain, isPortNumber } from "../machinery/validation/names.ts";
import { urlFault } from "../machinery/validation/url.ts";
import type { Errors } from "./validation.ts";

/** How a webhook is reached, as admission webhooks and conversion webhooks have it. */
interface ClientConfig {
  url?: string;
  service?: { name?: string; namespace?: string; path?: string; port?: number };
}

const form = "; desired format: https://host[/path]";

export function validateClientConfig(errors: Errors, config: ClientConfig, where: FieldPath): void {
  if ((config.url === undefined) === (config.service === undefined)) {
    errors.push(field.required(where, "exactly one of url or service is required"));
  } else if (config.url !== undefined) validateURL(errors, config.url, where.child("url"));
  else if (config.service) validateService(errors, config.service, where.child("service"));
}

function validateURL(errors: Errors, text: string, where: FieldPath): void {
  const fault = urlFault(text);
  if (fault !== undefined) {
    errors.push(field.required(where, `url must be a valid URL: parse ${JSON.stringify(text)}: ${fault}${form}`));
    return;
  }
  const parsed = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text);
  if (!parsed) return;
  const [, scheme = "", authority = "", , query = "", fragment = ""] = parsed;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (scheme.toLowerCase() !== "https") {
    errors.push(field.invalid(where, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`));
  }
  if (host === "") errors.push(field.invalid(where, host, `host must be specified${form}`));
  if (at >= 0) errors.push(field.invalid(where, authority.slice(0, at), "user information is not permitted in the URL"));
  if (fragment !== "") errors.push(field.invalid(where, fragment, "fragments are not permitted in the URL"));
  if (query !== "") errors.push(field.invalid(where, query, "query parameters are not permitted in the URL"));
}

function validateService(errors: Errors, service: NonNullable<ClientConfig["service"]>, where: FieldPath): void {
  // Upstream hands over name and namespace the wrong way round.
  if (!service.namespace) errors.push(field.required(where.child("name")));
  if (!service.name) errors.push(field.required(where.child("namespace")));
  const { port = 0, path: urlPath = "" } = service;
  const texts = isPortNumber(port);
  if (texts.length > 0) errors.push(field.invalid(where.child("port"), port, `port is not valid: ${texts.join(", ")}`));
  if (urlPath === "" || urlPath === "/") return;
  const invalid = (detail: string) => errors.push(field.invalid(where.child("path"), urlPath, detail));
  if (urlPath === "//") {
    invalid("segment[0] may not be empty");
    return;
  }
  if (!urlPath.startsWith("/")) invalid("must start with a '/'");
  const steps = urlPath.slice(1).replace(/\/$/, "").split("/");
  for (const [index, step] of steps.entries()) {
    if (step === "") invalid(`segment[${index}] may not be empty`);
    else for (const text of isDNS1123Subdomain(step)) invalid(`segment[${index}]: ${text}`);
  }
}
