import { createSocket } from "node:dgram";
import { createConnection, createServer, type Server } from "node:net";
import { decode, encode, type Packet, streamDecode, streamEncode } from "dns-packet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../api/core/v1.ts";
import type { EndpointSlice } from "../api/discovery/v1.ts";
import { endpointslices, namespaces, services } from "../api/refs.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { createMemoryClient } from "../client/testing/memory-client.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { silentLogger } from "../machinery/logger.ts";
import { seededRandom } from "../machinery/random.ts";
import { type DnsComponent, startDns } from "./start-dns.ts";
import type { UpstreamOptions } from "./upstreams.ts";

const clock = new VirtualClock();
const client = createMemoryClient({ clock });
const end = new AbortController();
const deps = { client, clock, random: seededRandom(7), logger: silentLogger, signal: end.signal };
const informers = createInformerFactory(deps);
const running: DnsComponent[] = [];

function service(name: string, spec: Service["spec"]): Service {
  return { metadata: { namespace: "default", name }, spec: { ports: [{ name: "http", port: 80, protocol: "TCP" }], ...spec } };
}

function slice(name: string, endpoints: EndpointSlice["endpoints"], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    metadata: { namespace: "default", name: more.metadata?.name ?? name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: endpoints ?? [],
    ...more,
  };
}

async function start(upstreams: UpstreamOptions): Promise<{ port: number; dns: DnsComponent }> {
  const dns = await startDns({ ...deps, informers }, { listen: [{ host: "127.0.0.1", port: 0 }], upstreams });
  running.push(dns);
  await dns.whenReady();
  return { port: dns.addresses[0]?.port as number, dns };
}

interface Reply {
  rcode: string;
  flags: string;
  answers: string[];
  authorities: string[];
  additionals: string[];
  length: number;
}

function reply(message: Buffer): Reply {
  const packet = decode(message) as unknown as Packet & Record<string, unknown>;
  const show = (list: Packet["answers"]) =>
    (list ?? [])
      .filter((record) => record.type !== "OPT")
      .map((record) => {
        const { name, type, ttl, data } = record as { name: string; type: string; ttl: number; data: unknown };
        const text = Array.isArray(data)
          ? data.map(String).join(" ")
          : typeof data === "object"
            ? Object.values(data as object).join(" ")
            : data;
        return `${name} ${ttl} ${type} ${text}`;
      });
  return {
    rcode: packet.rcode as string,
    flags: ["aa", "tc", "rd", "ra"].filter((flag) => packet[`flag_${flag}`]).join(" "),
    answers: show(packet.answers),
    authorities: show(packet.authorities),
    additionals: show(packet.additionals),
    length: message.length,
  };
}

function query(name: string, type: string, more: Partial<Packet> = {}): Packet {
  return { type: "query", id: 4711, flags: 0x0100, questions: [{ name, type: type as "A" }], ...more };
}

async function udp(port: number, packet: Packet | Buffer): Promise<Reply> {
  const socket = createSocket("udp4");
  try {
    const answer = new Promise<Buffer>((resolve) => socket.once("message", resolve));
    socket.send(Buffer.isBuffer(packet) ? packet : encode(packet), port, "127.0.0.1");
    return reply(await answer);
  } finally {
    socket.close();
  }
}

async function tcp(port: number, ...packets: Packet[]): Promise<Reply[]> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  socket.write(Buffer.concat(packets.map((packet) => streamEncode(packet))));
  let received = Buffer.alloc(0);
  const replies: Reply[] = [];
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const length = received.readUInt16BE(0) + 2;
      streamDecode(received.subarray(0, length));
      replies.push(reply(received.subarray(2, length)));
      received = received.subarray(length);
    }
    if (replies.length === packets.length) break;
  }
  return replies;
}

const soa = `cluster.local 5 SOA ns.dns.cluster.local hostmaster.cluster.local ${Math.floor(clock.now() / 1000)} 7200 1800 86400 5`;

beforeAll(() => {
  client.seed(namespaces, { metadata: { name: "default" } }, { metadata: { name: "kube-system" } });
  client.seed(
    services,
    service("web", { clusterIP: "10.96.0.20", clusterIPs: ["10.96.0.20", "fd00::20"] }),
    service("db", { clusterIP: "None" }),
    service("empty", { clusterIP: "None" }),
    service("world", { type: "ExternalName", externalName: "www.example.com" }),
    service("alias", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }),
    service("loop", { type: "ExternalName", externalName: "loop.default.svc.cluster.local" }),
    service("many", { clusterIP: "None" }),
  );
  client.seed(
    endpointslices,
    slice("web", [{ addresses: ["10.244.0.9"] }]),
    slice("db", [
      { addresses: ["10.244.0.5"], hostname: "db-0", conditions: { ready: true } },
      { addresses: ["10.244.0.6"] },
      { addresses: ["10.244.0.7"], conditions: { ready: false } },
    ]),
    slice(
      "many",
      Array.from({ length: 40 }, (_, i) => ({ addresses: [`10.244.7.${i}`] })),
    ),
  );
});

afterAll(async () => {
  for (const dns of running) await dns.stop();
  end.abort();
});

describe("the cluster's names", () => {
  let port: number;
  const ask = (name: string, type: string, more: Partial<Packet> = {}) => udp(port, query(name, type, more));

  beforeAll(async () => {
    port = (await start({ servers: [] })).port;
  });

  it("answers a service's address, in the client's own spelling", async () => {
    expect(await ask("web.default.svc.cluster.local", "A")).toEqual({
      rcode: "NOERROR",
      flags: "aa rd",
      answers: ["web.default.svc.cluster.local 5 A 10.96.0.20"],
      authorities: [],
      additionals: [],
      length: 63,
    });
    expect((await ask("WEB.default.SVC.cluster.local", "A")).answers).toEqual(["WEB.default.SVC.cluster.local 5 A 10.96.0.20"]);
    expect((await ask("web.default.svc.cluster.local", "AAAA")).answers).toEqual(["web.default.svc.cluster.local 5 AAAA fd00::20"]);
  });

  it("answers a headless service with its ready endpoints, and each of them by name", async () => {
    const { answers } = await ask("db.default.svc.cluster.local", "A");
    expect(answers.sort()).toEqual(["db.default.svc.cluster.local 5 A 10.244.0.5", "db.default.svc.cluster.local 5 A 10.244.0.6"]);
    expect((await ask("db-0.db.default.svc.cluster.local", "A")).answers).toEqual(["db-0.db.default.svc.cluster.local 5 A 10.244.0.5"]);
    expect((await ask("10-244-0-6.db.default.svc.cluster.local", "A")).answers).toHaveLength(1);
    expect((await ask("10-244-0-7.db.default.svc.cluster.local", "A")).rcode).toBe("NXDOMAIN");
    expect((await ask("10-244-0-9.web.default.svc.cluster.local", "A")).answers).toEqual([
      "10-244-0-9.web.default.svc.cluster.local 5 A 10.244.0.9",
    ]);
  });

  it("answers SRV with targets and their addresses", async () => {
    expect(await ask("_http._tcp.web.default.svc.cluster.local", "SRV")).toMatchObject({
      answers: ["_http._tcp.web.default.svc.cluster.local 5 SRV 0 50 80 web.default.svc.cluster.local"],
      additionals: ["web.default.svc.cluster.local 5 A 10.96.0.20", "web.default.svc.cluster.local 5 AAAA fd00::20"],
    });
    const { answers, additionals } = await ask("_http._tcp.db.default.svc.cluster.local", "SRV");
    expect(answers).toEqual([
      "_http._tcp.db.default.svc.cluster.local 5 SRV 0 50 8080 db-0.db.default.svc.cluster.local",
      "_http._tcp.db.default.svc.cluster.local 5 SRV 0 50 8080 10-244-0-6.db.default.svc.cluster.local",
    ]);
    expect(additionals).toEqual([
      "db-0.db.default.svc.cluster.local 5 A 10.244.0.5",
      "10-244-0-6.db.default.svc.cluster.local 5 A 10.244.0.6",
    ]);
    expect((await ask("_nope._tcp.web.default.svc.cluster.local", "SRV")).rcode).toBe("NXDOMAIN");
  });

  it("tells names that are not there from types that are not", async () => {
    const negative = { answers: [], authorities: [soa], flags: "aa rd" };
    expect(await ask("nope.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN", ...negative });
    expect(await ask("web.nowhere.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN", ...negative });
    expect(await ask("empty.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN", ...negative });
    expect(await ask("a.b.c.web.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN", ...negative });
    expect(await ask("www.google.com.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NXDOMAIN", ...negative });
    expect(await ask("db.default.svc.cluster.local", "AAAA")).toMatchObject({ rcode: "NOERROR", ...negative });
    expect(await ask("web.default.svc.cluster.local", "MX")).toMatchObject({ rcode: "NOERROR", ...negative });
    expect(await ask("default.svc.cluster.local", "A")).toMatchObject({ rcode: "NOERROR", ...negative });
    expect(await ask("svc.cluster.local", "A")).toMatchObject({ rcode: "NOERROR", ...negative });
    expect(await ask("cluster.local", "A")).toMatchObject({ rcode: "NOERROR", ...negative });
  });

  it("answers pods by their address, and the zone's own records", async () => {
    expect((await ask("10-244-0-5.default.pod.cluster.local", "A")).answers).toEqual([
      "10-244-0-5.default.pod.cluster.local 5 A 10.244.0.5",
    ]);
    expect((await ask("nonsense.default.pod.cluster.local", "A")).rcode).toBe("NXDOMAIN");
    expect((await ask("dns-version.cluster.local", "TXT")).answers).toEqual(["dns-version.cluster.local 28800 TXT 1.1.0"]);
    expect((await ask("cluster.local", "SOA")).answers).toEqual([soa]);
    expect(await ask("cluster.local", "NS")).toMatchObject({
      answers: ["cluster.local 5 NS ns.dns.cluster.local"],
      additionals: ["ns.dns.cluster.local 5 A 127.0.0.1"],
    });
    expect((await ask("ns.dns.cluster.local", "A")).answers).toEqual(["ns.dns.cluster.local 5 A 127.0.0.1"]);
  });

  it("answers reverse names of services and endpoints", async () => {
    expect((await ask("20.0.96.10.in-addr.arpa", "PTR")).answers).toEqual(["20.0.96.10.in-addr.arpa 5 PTR web.default.svc.cluster.local"]);
    expect((await ask("5.0.244.10.in-addr.arpa", "PTR")).answers).toEqual([
      "5.0.244.10.in-addr.arpa 5 PTR db-0.db.default.svc.cluster.local",
    ]);
    const v6 = `${"0.2.0.0".concat(".0.0.0.0".repeat(6))}.0.0.d.f.ip6.arpa`;
    expect((await ask(v6, "PTR")).answers).toEqual([`${v6} 5 PTR web.default.svc.cluster.local`]);
  });

  it("follows an alias within the cluster, and not in circles", async () => {
    expect((await ask("alias.default.svc.cluster.local", "A")).answers).toEqual([
      "alias.default.svc.cluster.local 5 CNAME web.default.svc.cluster.local",
      "web.default.svc.cluster.local 5 A 10.96.0.20",
    ]);
    expect((await ask("alias.default.svc.cluster.local", "CNAME")).answers).toEqual([
      "alias.default.svc.cluster.local 5 CNAME web.default.svc.cluster.local",
    ]);
    expect(await ask("loop.default.svc.cluster.local", "A")).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  it("cuts a long answer for UDP by the client's size, and not for TCP", async () => {
    const long = query("many.default.svc.cluster.local", "A");
    const plain = await udp(port, long);
    expect(plain.flags).toBe("aa tc rd");
    expect(plain.length).toBeLessThanOrEqual(512);
    const opt = { type: "OPT", name: ".", udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] };
    const extended = await udp(port, { ...long, additionals: [opt as never] });
    expect(extended).toMatchObject({ flags: "aa rd", length: 59 + 40 * 16 });
    expect(extended.answers).toHaveLength(40);
    const [first, second] = await tcp(port, long, query("web.default.svc.cluster.local", "A"));
    expect(first?.answers).toHaveLength(40);
    expect(second?.answers).toHaveLength(1);
  });

  it("doesn't always begin with the same address", async () => {
    const firsts = new Set<string | undefined>();
    for (let i = 0; i < 30; i++) firsts.add((await ask("db.default.svc.cluster.local", "A")).answers[0]);
    expect(firsts.size).toBe(2);
  });

  it("follows changes", async () => {
    client.seed(services, service("late", { clusterIP: "10.96.0.77" }));
    await client.settle();
    expect((await ask("late.default.svc.cluster.local", "A")).answers).toEqual(["late.default.svc.cluster.local 5 A 10.96.0.77"]);
    client.drop(services, "default/late");
    await client.settle();
    expect((await ask("late.default.svc.cluster.local", "A")).rcode).toBe("NXDOMAIN");
  });

  it("fails at once without upstream servers, and survives nonsense", async () => {
    expect(await ask("www.example.com", "A")).toMatchObject({ rcode: "SERVFAIL", answers: [] });
    expect(await ask("world.default.svc.cluster.local", "A")).toMatchObject({ rcode: "SERVFAIL", answers: [] });
    const header = Buffer.alloc(12);
    header.writeUInt16BE(99, 0);
    expect((await udp(port, header)).rcode).toBe("FORMERR");
    // A name that points to itself.
    const circle = Buffer.concat([header, Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
    circle.writeUInt16BE(1, 4);
    expect((await udp(port, circle)).rcode).toBe("FORMERR");
    expect((await ask("web.default.svc.cluster.local", "A", { flags: 0x2800 })).rcode).toBe("NOTIMP");
    expect((await ask("x", "A", { questions: [{ name: "version.bind", type: "TXT", class: "CS" }] })).rcode).toBe("REFUSED");
  });
});

describe("names of the world", () => {
  let upstream: ReturnType<typeof createSocket>;
  let upstreamTcp: Server;
  let asked: string[] = [];
  let port: number;

  /** Knows www.example.com; sends no answer for silent.example.com, and a long one only by TCP. */
  const answerOf = (message: Buffer, byTcp: boolean): Buffer | undefined => {
    const packet = decode(message);
    const question = packet.questions?.[0];
    if (!question) return undefined;
    const { name, type } = question;
    asked.push(`${name} ${type}${byTcp ? " tcp" : ""}`);
    if (name === "silent.example.com") return undefined;
    const base = { type: "response" as const, id: packet.id as number, questions: packet.questions ?? [] };
    if (name === "long.example.com") {
      if (!byTcp) return encode({ ...base, flags: 0x8180 | 0x0200 });
      return encode({
        ...base,
        flags: 0x8180,
        answers: Array.from({ length: 60 }, (_, i) => ({ name, type: "A" as const, ttl: 9, data: `192.0.2.${i}` })),
      });
    }
    if (name !== "www.example.com") return encode({ ...base, flags: 0x8183 });
    if (type !== "A") return encode({ ...base, flags: 0x8180 });
    return encode({ ...base, flags: 0x8180, answers: [{ name, type: "A", ttl: 20, data: "192.0.2.80" }] });
  };

  beforeAll(async () => {
    upstream = createSocket("udp4");
    upstream.on("message", (message, peer) => {
      const answer = answerOf(message, false);
      if (answer) upstream.send(answer, peer.port, peer.address);
    });
    await new Promise<void>((resolve) => upstream.bind(0, "127.0.0.1", resolve));
    const upstreamPort = upstream.address().port;
    upstreamTcp = createServer((socket) => {
      socket.once("data", (data) => {
        const answer = answerOf(data.subarray(2), true) as Buffer;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length, 0);
        socket.end(Buffer.concat([length, answer]));
      });
    });
    await new Promise<void>((resolve) => upstreamTcp.listen(upstreamPort, "127.0.0.1", resolve));
    port = (await start({ servers: [`127.0.0.1:${upstreamPort}`] })).port;
  });

  afterAll(() => {
    upstream.close();
    upstreamTcp.close();
  });

  it("forwards, keeps the answer, and lets its time run down", async () => {
    asked = [];
    const first = await udp(port, query("www.example.com", "A"));
    expect(first).toMatchObject({ rcode: "NOERROR", flags: "rd ra", answers: ["www.example.com 20 A 192.0.2.80"] });
    await clock.advance(5_000);
    expect((await udp(port, query("WWW.example.com", "A"))).answers).toEqual(["www.example.com 15 A 192.0.2.80"]);
    expect(asked).toEqual(["www.example.com A"]);
    await clock.advance(15_000);
    expect((await udp(port, query("www.example.com", "A"))).answers).toEqual(["www.example.com 20 A 192.0.2.80"]);
    expect(asked).toHaveLength(2);
    expect((await udp(port, query("nope.example.com", "A"))).rcode).toBe("NXDOMAIN");
  });

  it("follows an external service to the world", async () => {
    expect(await udp(port, query("world.default.svc.cluster.local", "A"))).toMatchObject({
      flags: "aa rd",
      answers: ["world.default.svc.cluster.local 5 CNAME www.example.com", "www.example.com 20 A 192.0.2.80"],
    });
  });

  it("passes truncation on, and asks by TCP who asks by TCP", async () => {
    expect(await udp(port, query("long.example.com", "A"))).toMatchObject({ flags: "tc rd ra", answers: [] });
    const [long] = await tcp(port, query("long.example.com", "A"));
    expect(long?.answers).toHaveLength(60);
  });

  it("asks once for many, gives up in time, and says so", async () => {
    asked = [];
    const answers = Promise.all([udp(port, query("silent.example.com", "A")), udp(port, query("silent.example.com", "A"))]);
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await clock.advance(2_000);
    expect((await answers).map(({ rcode }) => rcode)).toEqual(["SERVFAIL", "SERVFAIL"]);
    expect(asked).toEqual(["silent.example.com A"]);
  });

  it("never asks itself", async () => {
    const { dns, port: own } = await start({ servers: [] });
    await dns.stop();
    const again = await startDns(
      { ...deps, informers },
      { listen: [{ host: "127.0.0.1", port: own }], upstreams: { servers: [`127.0.0.1:${own}`] } },
    );
    running.push(again);
    expect((await udp(own, query("www.example.com", "A"))).rcode).toBe("SERVFAIL");
  });
});
