import { afterEach, describe, expect, it, vi } from "vitest";
import { containerObstacle, type Host, missingParts } from "../cluster/system-packages.ts";
import { setUp } from "./setup.ts";

const plugins = ["bridge", "host-local", "loopback"];
const everything = ["containerd", "runc", "nft", "ip", "apt-get"];

interface Machine {
  /** What is on the PATH. Installing puts more there. */
  commands?: string[];
  cni?: string;
  isRoot?: boolean;
  platform?: NodeJS.Platform;
  /** What the person at the terminal says; absent: there is no terminal. */
  answer?: string;
  /** How apt-get ends, by its first argument. */
  failures?: Record<string, string>;
  /** Apt succeeds without effect. */
  installsNothing?: boolean;
}

const commandsOf: Record<string, string[]> = { containerd: ["containerd"], runc: ["runc"], nftables: ["nft"], iproute2: ["ip"] };

function machine({ commands = ["apt-get"], cni, isRoot = true, platform = "linux", answer, failures = {}, installsNothing }: Machine) {
  const present = new Set(commands);
  const files = new Set(cni ? plugins.map((name) => `${cni}/${name}`) : []);
  const host: Host = {
    platform,
    isRoot,
    find: (command) => (present.has(command) ? `/usr/bin/${command}` : undefined),
    exists: (file) => files.has(file),
  };
  const ran: string[] = [];
  const asked: string[] = [];
  const told: string[] = [];
  const deps = {
    host,
    tell: (text: string) => told.push(text),
    async apt(args: readonly string[]) {
      ran.push(`apt-get ${args.join(" ")}`);
      const failure = failures[args[0] as string];
      if (failure) throw new Error(failure);
      if (installsNothing) return;
      for (const name of args) {
        for (const command of commandsOf[name] ?? []) present.add(command);
        if (name === "containernetworking-plugins") for (const plugin of plugins) files.add(`/usr/lib/cni/${plugin}`);
      }
    },
    ...(answer === undefined
      ? {}
      : {
          async ask(question: string) {
            asked.push(question);
            return answer;
          },
        }),
  };
  return { host, deps, ran, asked, told };
}

const install = "apt-get install --yes --no-remove --no-install-recommends -o DPkg::Lock::Timeout=300";

describe("kybern setup", () => {
  const output = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  afterEach(() => output.mockClear());

  it("installs nothing where everything is there, wherever the CNI plug-ins are", async () => {
    for (const cni of ["/usr/lib/cni", "/opt/cni/bin"]) {
      const { deps, ran, asked, told } = machine({ commands: everything, cni, answer: "y" });
      expect(await setUp({}, deps)).toBe(true);
      expect({ ran, asked, told }).toEqual({ ran: [], asked: [], told: ["everything that real containers need is installed"] });
    }
  });

  it("names what a fresh machine needs, installs it without removing anything, and once only", async () => {
    const { deps, ran, told } = machine({});
    expect(await setUp({ yes: true }, deps)).toBe(true);
    expect(told).toEqual([
      `to be installed from the system's packages; none is removed:
  containerd                   containerd: runs containers
  runc                         runc: starts container processes
  containernetworking-plugins  CNI plug-ins: connect pods to the network
  nftables                     nft: directs service addresses to pods
  iproute2                     ip: sets up interfaces and routes`,
    ]);
    expect(ran).toEqual(["apt-get update -qq", `${install} containerd runc containernetworking-plugins nftables iproute2`]);
    expect(await setUp({ yes: true }, deps)).toBe(true);
    expect(ran).toHaveLength(2);
  });

  it("leaves Docker's containerd and runc where they are", async () => {
    const { deps, ran } = machine({ commands: ["apt-get", "containerd", "runc", "ip"] });
    expect(await setUp({ yes: true }, deps)).toBe(true);
    expect(ran[1]).toBe(`${install} containernetworking-plugins nftables`);
  });

  it("asks on a terminal, once what is missing is named", async () => {
    const willing = machine({ answer: "" });
    expect(await setUp({}, willing.deps)).toBe(true);
    expect(willing.asked).toEqual(["install them? [Y/n] "]);
    expect(willing.ran).toHaveLength(2);
    const unwilling = machine({ answer: "n" });
    expect(await setUp({}, unwilling.deps)).toBe(false);
    expect(unwilling.ran).toEqual([]);
    expect(unwilling.told.at(-1)).toBe("nothing is installed");
  });

  it("doesn't ask with --yes, nor where there is nobody to ask", async () => {
    const told = machine({ answer: "n" });
    expect(await setUp({ yes: true }, told.deps)).toBe(true);
    expect(told.asked).toEqual([]);
    expect(await setUp({}, machine({}).deps)).toBe(true);
  });

  it("names what is missing, and why it can't install it", async () => {
    const user = machine({ commands: everything.filter((name) => name !== "nft"), isRoot: false, cni: "/opt/cni/bin" });
    expect(await setUp({ yes: true }, user.deps)).toBe(false);
    expect(user.told).toEqual([
      "missing for real containers (installing needs root):\n  nftables                     nft: directs service addresses to pods",
    ]);
    const other = machine({ commands: ["containerd", "runc", "nft"], cni: "/opt/cni/bin" });
    expect(await setUp({ yes: true }, other.deps)).toBe(false);
    expect(other.told[0]).toContain("(kybern setup installs packages on Debian and Ubuntu only)");
    expect([...user.ran, ...other.ran]).toEqual([]);
  });

  it("goes on without fresh package lists; when that won't do, tells both", async () => {
    const stale = machine({ failures: { update: "apt-get update failed: no route" } });
    expect(await setUp({ yes: true }, stale.deps)).toBe(true);
    const broken = machine({ failures: { update: "apt-get update failed: no route", install: "apt-get install failed: unknown" } });
    await expect(setUp({ yes: true }, broken.deps)).rejects.toThrow("apt-get update failed: no route\napt-get install failed: unknown");
  });

  it("doesn't believe apt, but what is there afterwards", async () => {
    const { deps } = machine({ commands: ["apt-get", "containerd", "runc", "nft"], cni: "/opt/cni/bin", installsNothing: true });
    await expect(setUp({ yes: true }, deps)).rejects.toThrow("still missing after the installation: ip");
  });
});

describe("what stands in the way of real containers", () => {
  it("is nothing where all is there, as root", () => {
    const { host } = machine({ commands: everything, cni: "/usr/lib/cni" });
    expect(containerObstacle(host)).toBeUndefined();
    expect(missingParts(host)).toEqual([]);
  });

  it("is told in one line, with the way out of it", () => {
    const lines = [
      machine({ commands: everything, cni: "/usr/lib/cni", isRoot: false }),
      machine({ commands: ["apt-get", "ip"], isRoot: false }),
      machine({ commands: ["apt-get", "ip", "nft"] }),
      machine({ commands: ["containerd", "runc", "ip"], cni: "/opt/cni/bin" }),
      machine({ platform: "darwin" }),
    ].map(({ host }) => containerObstacle(host));
    expect(lines).toEqual([
      "real containers need root: run the same as root",
      "real containers need root, and containerd, runc, CNI plug-ins, nft: run the same as root, which installs what is missing",
      "real containers need containerd, runc, CNI plug-ins: install with kybern setup",
      "real containers need nft: install them with this system's package manager (on Debian: nftables)",
      "real containers need Linux",
    ]);
  });
});
