import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunArguments, runOptions } from "./run.ts";

describe("kybern run", () => {
  let directory: string;
  const file = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const kubeconfig = (server: string, cluster = "") => `
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "${server}"${cluster}}}]
users: [{name: a, user: {token: secret}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
`;
  let good: string;
  const options = (component: string, given: Partial<RunArguments> = {}) =>
    runOptions(component, { kubeconfig: good, port: "10250", logLevel: "info", ...given });
  /** The one line that a person sees. */
  const refusal = (component: string, given: Partial<RunArguments> = {}) => {
    try {
      options(component, given);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return "none";
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "kybern-run-"));
    good = file("good", kubeconfig("https://10.0.0.1:6443"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("takes what the command line says", () => {
    expect(
      options("node", { nodeName: "n2", podCidr: "10.5.2.0/24", clusterCidr: "10.5.0.0/16", nodeIp: "10.0.0.2", data: "/tmp/n2" }),
    ).toEqual({
      component: "node",
      connection: { server: "https://10.0.0.1:6443", token: "secret" },
      dataDirectory: "/tmp/n2",
      nodeName: "n2",
      podCidr: "10.5.2.0/24",
      clusterCidr: "10.5.0.0/16",
      nodeIp: "10.0.0.2",
      port: 10250,
    });
    expect(options("dns", { listen: "10.0.0.2:53" }).listen).toEqual({ host: "10.0.0.2", port: 53 });
    expect(options("dns", { listen: "[fd00::2]:53" }).listen).toEqual({ host: "fd00::2", port: 53 });
  });

  it("names the components that there are", () => {
    expect(refusal("apiserver")).toBe('UsageError: there is no component "apiserver"; there are node, proxy, dns, scheduler, controllers');
  });

  it("says in a line what is wrong with a kubeconfig", () => {
    const missing = join(directory, "missing");
    expect(refusal("scheduler", { kubeconfig: missing })).toBe(
      `UsageError: the kubeconfig ${missing} can't be used: there is no file ${missing}`,
    );
    expect(refusal("scheduler", { kubeconfig: directory })).toBe(
      `UsageError: the kubeconfig ${directory} can't be used: it is a directory`,
    );
    const cases: [name: string, text: string, why: string][] = [
      ["text", "hello", "invalid kubeconfig: not a mapping"],
      ["empty", "", "current-context is not set"],
      ["other-context", "current-context: b", 'context "b" does not exist'],
      ["broken", "a: [b\n", "Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1"],
      ["no-url", kubeconfig("10.0.0.1:6443"), 'its server "10.0.0.1:6443" is no URL such as https://10.0.0.1:6443'],
      ["other-url", kubeconfig("ftp://10.0.0.1"), 'its server "ftp://10.0.0.1" is no URL such as https://10.0.0.1:6443'],
      [
        "no-authority",
        kubeconfig("https://10.0.0.1:6443", ", certificate-authority: ca.crt"),
        `there is no file ${join("{directory}", "ca.crt")}`,
      ],
    ];
    for (const [name, text, why] of cases) {
      const path = file(name, text);
      expect(refusal("scheduler", { kubeconfig: path })).toBe(
        `UsageError: the kubeconfig ${path} can't be used: ${why.replace("{directory}", directory)}`,
      );
    }
  });

  it("says in a line what is wrong with an option", () => {
    const cases: [Partial<RunArguments>, string][] = [
      [{ port: "0" }, 'a port is a number from 1 to 65535; not "0"'],
      [{ podCidr: "10.0.0.0" }, '--pod-cidr takes an IPv4 range such as 10.96.0.0/16; not "10.0.0.0"'],
      [{ podCidr: "10.0.0.0/31" }, '--pod-cidr needs a range of at least /30; "10.0.0.0/31" is too small'],
      [{ clusterCidr: "fd00::/48" }, '--cluster-cidr takes an IPv4 range such as 10.96.0.0/16; not "fd00::/48"'],
      [{ nodeName: "Node_1" }, '--node-name takes lower-case letters, digits, "-" and "."; not "Node_1"'],
      [{ nodeIp: "node1" }, '--node-ip takes an IPv4 address such as 10.0.0.1; not "node1"'],
      [{ clusterDns: "10.0.0" }, '--cluster-dns takes an IPv4 address such as 10.0.0.1; not "10.0.0"'],
      [{ listen: "53" }, '--listen takes an address and a port such as 10.0.0.1:53; not "53"'],
    ];
    for (const [given, message] of cases) expect(refusal("node", given)).toBe(`UsageError: ${message}`);
  });
});
