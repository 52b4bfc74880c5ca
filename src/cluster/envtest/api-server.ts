import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../client/system-clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { CertificateStore } from "../certificates.ts";
import { type ControlPlane, startControlPlane } from "../control-plane.ts";
import { existingFile, parseAdmission, parseCidr, parseListenAddress, parsePort, parsePortRange, UsageError } from "../options.ts";
import { checkFlags, type KnownFlags } from "./flags.ts";

export const apiServerFlags: KnownFlags = {
  used: {
    "bind-address": "the address to listen on",
    "cert-dir": "has apiserver.crt and apiserver.key; kybern keeps what it makes itself in kybern/ there",
    "client-ca-file": "authorities of client certificates, PEM",
    "disable-admission-plugins": "by upstream's names, comma-separated",
    "enable-admission-plugins": "by upstream's names, comma-separated",
    "secure-port": "the port to listen on",
    "service-account-issuer": "issuer of service-account tokens",
    "service-account-key-file": "must be of the same key as --service-account-signing-key-file",
    "service-account-signing-key-file": "the key that signs service-account tokens, PEM",
    "service-cluster-ip-range": "addresses of services",
    "service-node-port-range": "ports of NodePort services",
    "tls-cert-file": "the certificate to show, instead of that in --cert-dir",
    "tls-private-key-file": "its key",
    "token-auth-file": 'static tokens: token,user,uid,"group1,group2" on each line',
    "authorization-mode": "RBAC, with or without Node",
  },
  idle: [
    "advertise-address",
    "allow-privileged",
    "etcd-prefix",
    "etcd-servers",
    "insecure-port",
    "max-mutating-requests-inflight",
    "max-requests-inflight",
    "v",
  ],
};

/** An API server over memory with what envtest gives to kube-apiserver: certificates, authorities and keys in files. */
export async function startEnvtestApiServer(flags: ReadonlyMap<string, readonly string[]>, logger: Logger): Promise<ControlPlane> {
  checkFlags("kube-apiserver", flags, apiServerFlags);
  const last = (name: string) => flags.get(name)?.at(-1);
  const list = (name: string) => (flags.get(name) ?? []).flatMap((text) => text.split(","));
  const file = (name: string, otherwise?: string) => {
    const path = last(name) ?? otherwise;
    if (path === undefined) throw new UsageError(`--${name} is required`);
    return readFile(existingFile(path, `--${name}`), "utf8");
  };
  const other = list("authorization-mode").find((mode) => mode !== "RBAC" && mode !== "Node");
  if (other !== undefined) throw new UsageError(`--authorization-mode takes RBAC and Node; not "${other}"`);
  const directory = last("cert-dir");
  const inDirectory = (name: string) => (directory === undefined ? undefined : join(directory, name));
  const [certificate, key, clientAuthorities, tokenKey] = await Promise.all([
    file("tls-cert-file", inDirectory("apiserver.crt")),
    file("tls-private-key-file", inDirectory("apiserver.key")),
    file("client-ca-file"),
    file("service-account-signing-key-file"),
  ]);
  const address = parseListenAddress(last("bind-address") ?? "127.0.0.1", "--bind-address");
  const tokenAuthFile = last("token-auth-file");
  return await startControlPlane(
    { clock: systemClock, random: systemRandom, logger },
    {
      certificates: new CertificateStore(join(directory ?? ".", "kybern"), systemClock),
      given: { serving: { certificate, key }, clientAuthorities, tokenKey },
      bindAddresses: [address],
      port: parsePort(last("secure-port") ?? "6443"),
      advertiseAddress: address,
      tlsNames: [],
      serviceClusterIpRange: parseCidr(last("service-cluster-ip-range") ?? "10.0.0.0/24", "--service-cluster-ip-range", 28),
      nodePortRange: parsePortRange(last("service-node-port-range") ?? "30000-32767"),
      issuer: last("service-account-issuer") ?? "https://kubernetes.default.svc",
      ...parseAdmission(list("enable-admission-plugins").join(), list("disable-admission-plugins").join(), undefined),
      ...(tokenAuthFile ? { tokenAuthFile: existingFile(tokenAuthFile, "--token-auth-file") } : {}),
      // Nothing but an API server runs there, as with kube-apiserver alone.
      notActedOn: () => undefined,
      legacyVersions: false,
    },
  );
}
