import { kubernetesVersion, kybernVersion } from "../cluster/version.ts";

export function runVersion(): void {
  process.stdout.write(`kybern ${kybernVersion} (Kubernetes ${kubernetesVersion})\n`);
}
