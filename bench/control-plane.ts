/**
 * API server, controllers and scheduler in one process, as `kybern up --nodes none` runs them, from the sources: what is measured
 * when the command itself isn't built. `control-plane.js DATA PORT [components]`.
 */
import { join } from "node:path";
import { createInformerFactory } from "../src/client/informer-factory.ts";
import { CertificateStore } from "../src/cluster/certificates.ts";
import { startControlPlane } from "../src/cluster/control-plane.ts";
import { startControllers } from "../src/cluster/controllers.ts";
import { createLogger } from "../src/cluster/logger.ts";
import { systemClock, systemRandom } from "../src/cluster/system-clock.ts";
import { startScheduler } from "../src/scheduler/scheduler.ts";

const [data = "", port = "", components = "apiserver,controllers,scheduler"] = process.argv.slice(2);
const logger = createLogger("warn");
const clock = systemClock;
const random = systemRandom;
const certificates = new CertificateStore(join(data, "pki"), clock);
const controlPlane = await startControlPlane(
  { clock, random, logger },
  {
    storeDirectory: join(data, "store"),
    certificates,
    bindAddresses: ["127.0.0.1"],
    port: Number(port),
    advertiseAddress: "127.0.0.1",
    tlsNames: [],
    serviceClusterIpRange: "10.95.0.0/16",
    nodePortRange: "30000-32767",
    issuer: "https://kubernetes.default.svc",
    notActedOn: () => undefined,
  },
);
await certificates.certificate("admin", { commonName: "kubernetes-admin", organizations: ["system:masters"], usages: ["client"] });
const stopping = new AbortController();
const depsOf = (name: string, user: string, groups: string[] = []) => {
  const client = controlPlane.clientAs(user, groups);
  const deps = { client, clock, random, logger: logger.child({ component: name }), signal: stopping.signal };
  return { ...deps, informers: createInformerFactory(deps) };
};
if (components.includes("controllers")) {
  startControllers({
    ...depsOf("controllers", "system:kube-controller-manager", ["system:masters"]),
    discover: async () => controlPlane.served(),
    certificateAuthority: controlPlane.authority.certificate,
    clusterCidr: "10.94.0.0/16",
    localVolumeDirectory: join(data, "local-volumes"),
  });
}
if (components.includes("scheduler")) startScheduler(depsOf("scheduler", "system:kube-scheduler"));
process.on("SIGTERM", () => {
  stopping.abort();
  void controlPlane.stop().then(() => process.exit(0));
});
