import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TestServer } from "../apiserver/testing/test-server.ts";
import { parseAdmission } from "./options.ts";

const directory = mkdtempSync(join(tmpdir(), "kybern-admission-"));
afterAll(() => rmSync(directory, { recursive: true }));

const configured = (plugins: string) => {
  const file = join(directory, "admission.yaml");
  writeFileSync(file, `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n${plugins}`);
  return file;
};

test("names of plug-ins that nobody knows, or that are to be on and off, are refused in upstream's words", () => {
  const told = (enable?: string, disable?: string) => expect(() => parseAdmission(enable, disable, undefined));
  told("Nope,NodeRestriction").toThrow('enable-admission-plugins plugin "Nope" is unknown');
  told("Nope, None").toThrow('[enable-admission-plugins plugin "Nope" is unknown, enable-admission-plugins plugin "None" is unknown]');
  told(undefined, "Nope").toThrow('disable-admission-plugins plugin "Nope" is unknown');
  told("RuntimeClass", "RuntimeClass,Priority").toThrow(
    "[RuntimeClass] in enable-admission-plugins and disable-admission-plugins overlapped",
  );
  told("EventRateLimit").toThrow(`couldn't init admission plugin "EventRateLimit": limits: Invalid value: null: must not be empty`);
});

test("configurations that can't be meant are refused", () => {
  const told = (plugins: string) => expect(() => parseAdmission(undefined, undefined, configured(plugins)));
  const limits = (text: string) =>
    `- name: EventRateLimit\n  configuration: {apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration, limits: [${text}]}\n`;
  told(limits("{type: Namespace, qps: 1}")).toThrow("limits[0].burst: Invalid value: 0: must be positive");
  told(limits("{type: Nobody, qps: 1, burst: 1}")).toThrow('limits[0].type: Unsupported value: "Nobody"');
  told("- name: PodSecurity\n  configuration: {kind: Other}\n").toThrow('no kind "Other" is registered for version ""');
  told("- name: PodNodeSelector\n  path: nowhere.yaml\n").toThrow(/unable to read admission control configuration from ".*nowhere.yaml"/);
});

test("what is configured holds", async () => {
  const file = configured(`- name: PodNodeSelector\n  configuration: {podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: "a=b"}}\n`);
  const server = await TestServer.started(parseAdmission("PodNodeSelector,NamespaceAutoProvision", undefined, file));
  const pod = { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } };
  await server.post("/api/v1/namespaces/new/serviceaccounts", { metadata: { name: "default" } });
  expect((await server.post("/api/v1/namespaces/new/pods", pod)).body.spec).toMatchObject({ nodeSelector: { a: "b" } });
  const denying = await TestServer.started();
  expect((await denying.post("/api/v1/namespaces/new/pods", pod)).body.message).toBe('namespaces "new" not found');
  const closed = new TestServer(parseAdmission("AlwaysDeny", undefined, undefined));
  expect((await closed.post("/api/v1/namespaces", { metadata: { name: "n" } })).body.message).toBe(
    'namespaces "n" is forbidden: admission control is denying all modifications',
  );
});
