import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { connectionOf, inClusterConnection, type KubeconfigFiles, mergeKubeconfigs, parseKubeconfig } from "./kubeconfig.ts";
import { loadConnection, tokenOfFile } from "./load-kubeconfig.ts";

const text = `
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: local
  cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: ${Buffer.from("CA é").toString("base64")}}
- name: files
  cluster: {server: "https://api.test", certificate-authority: ca.crt, tls-server-name: kubernetes}
- name: open
  cluster: {server: "https://open.test", insecure-skip-tls-verify: true}
contexts:
- name: dev
  context: {cluster: local, user: admin, namespace: team}
- name: files
  context: {cluster: files, user: files}
- name: open
  context: {cluster: open, user: token}
- name: plugin
  context: {cluster: open, user: plugin}
- name: nobody
  context: {cluster: open, user: missing}
- name: nowhere
  context: {cluster: missing, user: token}
users:
- name: admin
  user: {client-certificate-data: ${btoa("CERT")}, client-key-data: ${btoa("KEY")}}
- name: files
  user: {client-certificate: pki/a.crt, client-key: /abs/a.key, tokenFile: token}
- name: token
  user: {token: secret}
- name: plugin
  user: {exec: {command: aws}}
`;

const files: KubeconfigFiles = { read: (path) => `<${path}>`, token: (path) => async () => `token of ${path}` };

describe("a kubeconfig", () => {
  const config = parseKubeconfig(text, (path) => (path.startsWith("/") ? path : `/etc/k/${path}`));

  it("gives the current context's connection, or another's", async () => {
    expect(connectionOf(config, files)).toEqual({
      server: "https://127.0.0.1:6443",
      certificateAuthority: "CA é",
      clientCertificate: "CERT",
      clientKey: "KEY",
      namespace: "team",
    });
    const { token, ...rest } = connectionOf(config, files, "files");
    expect(rest).toEqual({
      server: "https://api.test",
      certificateAuthority: "</etc/k/ca.crt>",
      clientCertificate: "</etc/k/pki/a.crt>",
      clientKey: "</abs/a.key>",
      tlsServerName: "kubernetes",
    });
    expect(await (token as () => Promise<string>)()).toBe("token of /etc/k/token");
    expect(connectionOf(config, files, "open")).toEqual({ server: "https://open.test", insecureSkipTlsVerify: true, token: "secret" });
  });

  it("says what is missing or not supported", () => {
    const of = (context: string) => () => connectionOf(config, files, context);
    expect(of("prod")).toThrow('context "prod" does not exist');
    expect(of("nobody")).toThrow('auth info "missing" does not exist');
    expect(of("nowhere")).toThrow('cluster "missing" does not exist');
    expect(of("plugin")).toThrow('user "plugin": "exec" is not supported');
    expect(() => connectionOf(parseKubeconfig(""), files)).toThrow("current-context is not set");
    expect(() => parseKubeconfig("clusters: 5")).toThrow("invalid kubeconfig: clusters is not a list");
  });

  it("merges: the first of a name counts", () => {
    const other = parseKubeconfig("current-context: x\nusers: [{name: token, user: {token: other}}, {name: more, user: {}}]");
    const merged = mergeKubeconfigs([config, other]);
    expect([merged.currentContext, merged.users.get("token")?.token, merged.users.has("more")]).toEqual(["dev", "secret", true]);
  });
});

it("a pod's connection comes from its service account", async () => {
  const { token, ...rest } = inClusterConnection({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" }, files);
  expect(rest).toEqual({
    server: "https://[fd00::1]:443",
    certificateAuthority: "</var/run/secrets/kubernetes.io/serviceaccount/ca.crt>",
    namespace: "</var/run/secrets/kubernetes.io/serviceaccount/namespace>",
  });
  expect(await (token as () => Promise<string>)()).toBe("token of /var/run/secrets/kubernetes.io/serviceaccount/token");
  expect(() => inClusterConnection({}, files)).toThrow(
    "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined",
  );
});

describe("files", () => {
  const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("are found, resolved beside the kubeconfig, and tokens read again", async () => {
    const clock = new VirtualClock();
    const path = join(directory, "config");
    writeFileSync(path, text);
    writeFileSync(join(directory, "ca.crt"), "CA");
    expect(loadConnection({ clock, kubeconfig: path, context: "open" }).server).toBe("https://open.test");
    expect(loadConnection({ clock, environment: { KUBECONFIG: `/none:${path}` } }).namespace).toBe("team");
    expect(() => loadConnection({ clock, environment: { HOME: "/nowhere" } })).toThrow("no kubeconfig found: name one, or set KUBECONFIG");
    expect(() => loadConnection({ clock, kubeconfig: path, context: "files" })).toThrow(/ENOENT.*pki\/a\.crt/);

    const file = join(directory, "token");
    const token = tokenOfFile(file, clock);
    await expect(token()).rejects.toThrow("ENOENT");
    writeFileSync(file, "one\n");
    expect(await token()).toBe("one");
    writeFileSync(file, "two");
    expect(await token()).toBe("one");
    await clock.advance(60_000);
    expect(await token()).toBe("two");
    rmSync(file);
    await clock.advance(60_000);
    expect(await token()).toBe("two");
  });
});
