import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeyPair } from "./certificate.ts";

export interface KubeconfigUser {
  name: string;
  pair: KeyPair;
}

/** A kubeconfig with everything inline, so that the file alone is enough to reach the cluster. */
export function kubeconfigText(cluster: string, server: string, authority: string, user: KubeconfigUser): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return `apiVersion: v1
kind: Config
clusters:
- name: ${cluster}
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(authority)}
users:
- name: ${user.name}
  user:
    client-certificate-data: ${base64(user.pair.certificate)}
    client-key-data: ${base64(user.pair.key)}
contexts:
- name: ${cluster}
  context:
    cluster: ${cluster}
    user: ${user.name}
current-context: ${cluster}
`;
}

export async function writeKubeconfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
