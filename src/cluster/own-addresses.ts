import { networkInterfaces } from "node:os";

/** An address of this machine by which others may reach it. */
export function outwardAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) if (family === "IPv4" && !internal) return address;
  }
  return undefined;
}

/** Whether one can listen on it here: an address of this machine, of its loopback, or all of them. */
export function isOwnAddress(wanted: string): boolean {
  if (wanted === "0.0.0.0" || wanted === "::" || wanted.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === wanted));
}
