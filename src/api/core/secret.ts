import { field, path } from "../../machinery/errors.ts";
import { deepEqual, setField } from "../../machinery/object.ts";
import { JsonSyntaxError, parseJsonStrict } from "../../machinery/schema/json-text.ts";
import { isConfigMapKey } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { base64Length, fromBase64, toBase64 } from "./data-size.ts";
import type { Secret } from "./v1.ts";

const maxSize = 1024 * 1024;

/** The types of secrets whose contents are checked. */
const secretTypes = {
  opaque: "Opaque",
  serviceAccountToken: "kubernetes.io/service-account-token",
  dockercfg: "kubernetes.io/dockercfg",
  dockerConfigJson: "kubernetes.io/dockerconfigjson",
  basicAuth: "kubernetes.io/basic-auth",
  sshAuth: "kubernetes.io/ssh-auth",
  tls: "kubernetes.io/tls",
} as const;

export const secrets = defineResource<Secret>("", "secrets", {
  tellsEmpty: true,
  updateChecks: ["metaUpdate", "update", "meta", "kind"],
  default(secret) {
    secret.type ||= secretTypes.opaque;
    // stringData is a way to write only: it goes over into data.
    if (secret.stringData) {
      secret.data = { ...secret.data };
      for (const key in secret.stringData) setField(secret.data, key, toBase64(secret.stringData[key] as string));
      delete secret.stringData;
    }
  },
  validate: validateSecret,
  validateUpdate(secret, old) {
    const errors: Errors = [];
    if ((secret.type ?? "") !== (old.type ?? "")) errors.push(field.invalid(path("type"), secret.type ?? "", "field is immutable"));
    if (!old.immutable) return errors;
    const text = "field is immutable when `immutable` is set";
    if (!secret.immutable) errors.push(field.forbidden(path("immutable"), text));
    if (!deepEqual(secret.data, old.data)) errors.push(field.forbidden(path("data"), text));
    return errors;
  },
  row: (secret, { now }) => [
    secret.metadata.name ?? "",
    secret.type ?? "",
    Object.keys(secret.data ?? {}).length,
    age(secret.metadata, now),
  ],
  selectableFields: { type: (secret) => secret.type ?? "" },
  warnings(secret) {
    const warnings: string[] = [];
    if (secret.type !== secretTypes.tls) return warnings;
    const certificate = secret.data?.["tls.crt"];
    const key = secret.data?.["tls.key"];
    if (certificate === undefined || key === undefined) return warnings;
    if (!fromBase64(certificate).includes("-----BEGIN CERTIFICATE-----")) {
      warnings.push("tls: failed to find any PEM data in certificate input");
    } else if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(fromBase64(key))) {
      warnings.push("tls: failed to find any PEM data in key input");
    }
    return warnings;
  },
});

function validateSecret(secret: Readonly<Secret>): Errors {
  const errors: Errors = [];
  const data = secret.data ?? {};
  let size = 0;
  for (const key in data) {
    complain(errors, path("data").key(key), key, isConfigMapKey(key));
    size += base64Length(data[key] as string);
  }
  if (size > maxSize) errors.push(field.tooLong(path("data"), maxSize));
  const missing = (key: string) => errors.push(field.required(path("data").key(key)));
  switch (secret.type) {
    case secretTypes.serviceAccountToken:
      if (!secret.metadata.annotations?.["kubernetes.io/service-account.name"]) {
        errors.push(field.required(path("metadata", "annotations").key("kubernetes.io/service-account.name")));
      }
      break;
    case secretTypes.dockercfg:
      validateJson(errors, data, ".dockercfg");
      break;
    case secretTypes.dockerConfigJson:
      validateJson(errors, data, ".dockerconfigjson");
      break;
    case secretTypes.basicAuth:
      if (data.username === undefined && data.password === undefined) {
        missing("username");
        missing("password");
      }
      break;
    case secretTypes.sshAuth:
      if (!data["ssh-privatekey"]) missing("ssh-privatekey");
      break;
    case secretTypes.tls:
      if (data["tls.crt"] === undefined) missing("tls.crt");
      if (data["tls.key"] === undefined) missing("tls.key");
      break;
  }
  return errors;
}

function validateJson(errors: Errors, data: Record<string, string>, key: string): void {
  const text = data[key];
  if (text === undefined) {
    errors.push(field.required(path("data").key(key)));
    return;
  }
  const fault = jsonFault(fromBase64(text));
  if (fault !== undefined) errors.push(field.invalid(path("data").key(key), "<secret contents redacted>", fault));
}

/** The words of upstream's JSON parser for what is no JSON object. */
function jsonFault(text: string): string | undefined {
  try {
    const { value } = parseJsonStrict(text, { keepNumbers: false, joins: false });
    if (typeof value === "object" && !Array.isArray(value)) return undefined;
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return error.message;
  }
}
