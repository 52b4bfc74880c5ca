import { expect, it } from "vitest";
import { kubeDnsObjects } from "./kube-dns-service.ts";

it("makes the DNS service and the slices that lead it to the servers", () => {
  const { service, endpointSlices } = kubeDnsObjects({
    serviceCidrs: ["10.96.0.0/16", "fd00:1::/112"],
    endpoints: [{ address: "10.244.0.1", nodeName: "a" }, { address: "fd00::1" }],
    port: 10_053,
  });
  expect(service.metadata).toMatchObject({ name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } });
  expect(service.spec).toMatchObject({
    clusterIP: "10.96.0.10",
    clusterIPs: ["10.96.0.10", "fd00:1::a"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
    ports: [
      { name: "dns", port: 53, protocol: "UDP", targetPort: 10_053 },
      { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 10_053 },
    ],
  });
  expect(service.spec?.selector).toBeUndefined();
  expect(endpointSlices.map(({ addressType, endpoints, ports }) => ({ addressType, endpoints, ports }))).toEqual([
    {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.244.0.1"], conditions: { ready: true, serving: true, terminating: false }, nodeName: "a" }],
      ports: [
        { name: "dns", port: 10_053, protocol: "UDP" },
        { name: "dns-tcp", port: 10_053, protocol: "TCP" },
      ],
    },
    expect.objectContaining({ addressType: "IPv6" }),
  ]);
  expect(kubeDnsObjects({ serviceCidrs: ["10.96.0.0/16"], endpoints: [], port: 53 }).endpointSlices).toEqual([]);
});
