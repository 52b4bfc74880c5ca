import { describe, expect, it } from "vitest";
import { resourceAttributes } from "../authorization/authorizer.ts";
import { AuditPolicyEvaluator } from "./policy.ts";
import { parseAuditPolicy } from "./policy-file.ts";

const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
const complaint = (text: string) => {
  try {
    parseAuditPolicy(text, "p.yaml");
  } catch (error) {
    return (error as Error).message.replace(/^loading audit policy file: /, "").replace(/: from file p\.yaml$/, "");
  }
  return undefined;
};

describe("the file of an audit policy", () => {
  it("is refused in upstream's words", () => {
    expect(complaint("")).toBe("unknown group version field audit.k8s.io/__internal, Kind=Policy in policy");
    expect(complaint(head)).toBe("loaded illegal policy with 0 rules");
    expect(complaint(`${head}omitStages: [true]\nrules: [{level: None}]`)).toBe(
      "failed decoding: json: cannot unmarshal bool into Go struct field Policy.omitStages of type string",
    );
    expect(complaint(`${head}rules: [{level: Foo},{level: Metadata, omitStages: [X, Panic]},{}]\nomitStages: [Z]`)).toBe(
      '[omitStages[0]: Invalid value: "Z": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic, ' +
        'rules[0].level: Unsupported value: "Foo": supported values: "None", "Metadata", "Request", "RequestResponse", ' +
        'rules[1].omitStages[0]: Invalid value: "X": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic, ' +
        "rules[2].level: Required value]",
    );
    const mixed = `${head}rules:
- level: Metadata
  resources: [{group: '', resources: [pods]}]
  nonResourceURLs: ['/x', 'y', '/a*b', '*', '/b*', '']
- level: None
  resources: [{group: 'Bad_Group', resources: ['pods/*', 'a/b/c']}, {group: '', resourceNames: [a]}]`;
    expect(complaint(mixed)).toBe(
      "[rules[0].nonResourceURLs[1]: Invalid value: \"y\": non-resource URL rules must begin with a '/' character, " +
        "rules[0].nonResourceURLs[2]: Invalid value: \"/a*b\": non-resource URL wildcards '*' must be the final character of the rule, " +
        "rules[0].nonResourceURLs[5]: Invalid value: \"\": non-resource URL rules must begin with a '/' character, " +
        'rules[0].nonResourceURLs: Invalid value: ["/x","y","/a*b","*","/b*",""]: rules cannot apply to both regular resources and non-resource URLs, ' +
        "rules[1].resources.group: Invalid value: \"Bad_Group\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
        "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'), " +
        'rules[1].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource]',
    );
  });

  it("takes fields that it doesn't know", () => {
    expect(complaint(`${head}foo: 1\nrules: [{level: Metadata, bar: 1}]`)).toBeUndefined();
  });
});

describe("an audit policy", () => {
  const user = { name: "tim", groups: ["a", "b"] };
  const levelOf = (rule: string, attributes: Parameters<typeof resourceAttributes>[0]) =>
    new AuditPolicyEvaluator(parseAuditPolicy(`${head}rules:\n- ${rule}`, "p")).termsOf(user, resourceAttributes(attributes)).level;
  const pods = { verb: "get", resource: "pods", namespace: "n", name: "p" };

  it.each([
    ["{level: Metadata, users: [tim]}", pods, "Metadata"],
    ["{level: Metadata, users: [tom]}", pods, "None"],
    ["{level: Metadata, userGroups: [x, b]}", pods, "Metadata"],
    ["{level: Metadata, verbs: [list]}", pods, "None"],
    ["{level: Metadata, namespaces: [n]}", pods, "Metadata"],
    ["{level: Metadata, namespaces: ['']}", pods, "None"],
    ["{level: Metadata, resources: [{group: ''}]}", { ...pods, subresource: "log" }, "Metadata"],
    ["{level: Metadata, resources: [{group: '', resources: [pods]}]}", { ...pods, subresource: "log" }, "None"],
    ["{level: Metadata, resources: [{group: '', resources: ['pods/*']}]}", { ...pods, subresource: "log" }, "Metadata"],
    ["{level: Metadata, resources: [{group: '', resources: ['pods/*']}]}", pods, "None"],
    ["{level: Metadata, resources: [{group: '', resources: ['*/log']}]}", { ...pods, subresource: "log" }, "Metadata"],
    ["{level: Metadata, resources: [{group: '', resources: [pods], resourceNames: [q]}]}", pods, "None"],
    ["{level: Metadata, resources: [{group: apps}]}", pods, "None"],
    ["{level: Metadata, nonResourceURLs: ['/a*']}", { isResourceRequest: false, path: "/abc", verb: "get" }, "Metadata"],
    ["{level: Metadata, nonResourceURLs: ['*']}", pods, "None"],
  ])("%s", (rule, attributes, level) => {
    expect(levelOf(rule, attributes)).toBe(level);
  });
});
