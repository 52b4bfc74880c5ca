import { describe, expect, it } from "vitest";
import { parseEncryptionConfiguration } from "./configuration.ts";

const head = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n";
const key = btoa("0123456789abcdef0123456789abcdef");

function complaint(resources: unknown): string | undefined {
  try {
    parseEncryptionConfiguration(`${head}resources: ${JSON.stringify(resources)}`, "e.yaml");
  } catch (error) {
    return (error as Error).message.replace("error while parsing file: ", "");
  }
  return undefined;
}

const entry = (resources: string[], ...providers: object[]) => [{ resources, providers }];
const identity = { identity: {} };

describe("an encryption configuration", () => {
  it.each([
    [[], "resources: Required value: at least one resources is required"],
    [
      [{}],
      "[resources[0].resources: Required value: at least one resources[0].resources is required, resources[0].providers: Required value: at least one resources[0].providers is required]",
    ],
    [
      entry(["secrets", "Secrets", "*", "events.events.k8s.io", "a.extensions", "pods.*", "serviceipallocations"], identity),
      '[resources[0].resources: Invalid value: ["secrets","Secrets","*","events.events.k8s.io","a.extensions","pods.*","serviceipallocations"]: using overlapping resources such as \'secrets\' and \'*.\' in the same resource list is not allowed as they will be masked, ' +
        'resources[0].resources[1]: Invalid value: "Secrets": resource name should not contain capital letters, resources[0].resources[2]: Invalid value: "*": use \'*.\' to encrypt all the resources from core API group or *.* to encrypt all resources, ' +
        "resources[0].resources[3]: Invalid value: \"events.events.k8s.io\": '*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file, " +
        'resources[0].resources[4]: Invalid value: "a.extensions": \'extensions\' group has been removed and cannot be used for encryption, resources[0].resources[5]: Invalid value: "pods.*": encrypting the same resource across groups is not supported, ' +
        'resources[0].resources[6]: Invalid value: "serviceipallocations": resources which do not have REST API/s cannot be encrypted]',
    ],
    [
      entry(["secrets", "secrets"], identity),
      'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times',
    ],
    [
      entry(["secrets"], {}),
      'resources[0].providers[0]: Invalid value: {"AESGCM":null,"AESCBC":null,"Secretbox":null,"Identity":null,"KMS":null}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
    ],
    [
      entry(["secrets"], { ...identity, aesgcm: { keys: [] } }),
      "[resources[0].providers[0]: Invalid value: {}: more than one provider specified in a single element, should split into different list elements, " +
        "resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required]",
    ],
    [
      entry(["secrets"], { aescbc: { keys: [{ name: "a", secret: btoa("short") }, { secret: "%%" }, { name: "b" }] } }),
      '[resources[0].providers[0].aescbc.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 5, expected one of [16 24 32], resources[0].providers[0].aescbc.keys[1].name: Required value: name is a mandatory field for a key, ' +
        'resources[0].providers[0].aescbc.keys[1].secret: Invalid value: "REDACTED": secrets must be base64 encoded, resources[0].providers[0].aescbc.keys[2].secret: Required value: secret is a mandatory field for a key]',
    ],
    [entry(["secrets"], { secretbox: {} }), "resources[0].providers[0].secretbox.keys: Required value: at least one keys is required"],
    [
      entry(["secrets"], { kms: { apiVersion: "v2", name: "a:b", endpoint: "http://x", timeout: "0s", cachesize: 5 } }),
      '[resources[0].providers[0].kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain \':\', resources[0].providers[0].kms.timeout: Invalid value: "0s": timeout should be a positive value, ' +
        'resources[0].providers[0].kms.endpoint: Invalid value: "http://x": unsupported scheme "http" for KMS provider, only unix is supported, resources[0].providers[0].kms.cachesize: Invalid value: 5: cachesize is not supported in v2]',
    ],
    [entry(["secrets"], { aesgcm: { keys: [{ name: "a", secret: key }] } }, identity), undefined],
    [entry(["secrets", "configmaps", "*.apps"], { secretbox: { keys: [{ name: "a", secret: key }] } }), undefined],
  ])("%#", (resources, expected) => {
    expect(complaint(resources)).toBe(expected);
  });

  it("is refused with fields that nobody knows", () => {
    const text = `${head}foo: 1\nresources: [{resources: [secrets], providers: [{identity: {}}], x: 1}]`;
    expect(() => parseEncryptionConfiguration(text, "e.yaml")).toThrow(
      'error while parsing file: error decoding encryption provider configuration file "e.yaml": strict decoding error: unknown field "foo", unknown field "resources[0].x"',
    );
  });

  it("shows no secret of a file that can't be read", () => {
    const secret = "c2VjcmV0LXNlY3JldA==";
    for (const text of [`${head}resources: [{x: "${secret}`, `apiVersion: v9\nkind: X\nsecret: ${secret}`]) {
      let message = "";
      try {
        parseEncryptionConfiguration(text, "e.yaml");
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).toMatch(/^error while parsing file: /);
      expect(message).not.toContain(secret);
    }
  });
});
