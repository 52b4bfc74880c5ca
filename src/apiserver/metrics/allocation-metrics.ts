import { Count, counts, defaultBounds, HistogramTally, histograms, type NamedSamples, single, Tallies } from "../../machinery/metrics.ts";

/** `static`: the client named it. */
type Scope = "dynamic" | "static";

/** One range, as it is now. */
interface RangeFigures {
  cidr: string;
  used: number;
  free: number;
}

/** What is counted of the addresses and ports of services, under upstream's names. */
export class AllocationMetrics {
  readonly #addresses = new Tallies(["cidr", "scope"], () => new Count());
  readonly #addressErrors = new Tallies(["cidr", "scope"], () => new Count());
  readonly #addressSeconds = new Tallies(["cidr"], () => new HistogramTally(defaultBounds));
  readonly #ports = new Tallies(["scope"], () => new Count());
  readonly #portErrors = new Tallies(["scope"], () => new Count());

  address(cidr: string, scope: Scope, isTaken: boolean): void {
    (isTaken ? this.#addresses : this.#addressErrors).of(cidr, scope).value++;
  }

  /** The object of an address has been written. */
  addressRecorded(cidr: string, seconds: number): void {
    this.#addressSeconds.of(cidr).observe(seconds);
  }

  port(scope: Scope, isTaken: boolean): void {
    (isTaken ? this.#ports : this.#portErrors).of(scope).value++;
  }

  families(ranges: () => readonly RangeFigures[], ports: () => Omit<RangeFigures, "cidr">): NamedSamples[] {
    const ips = "kube_apiserver_clusterip_allocator_";
    const nodePorts = "kube_apiserver_nodeport_allocator_";
    const ofRanges = (name: string, value: (range: RangeFigures) => number): NamedSamples => ({
      name,
      samples: () => ranges().map((range) => ({ labels: { cidr: range.cidr }, value: value(range) })),
    });
    return [
      ofRanges(`${ips}allocated_ips`, ({ used }) => used),
      ofRanges(`${ips}available_ips`, ({ free }) => free),
      counts(`${ips}allocation_total`, this.#addresses),
      counts(`${ips}allocation_errors_total`, this.#addressErrors),
      histograms(`${ips}allocation_duration_seconds`, this.#addressSeconds),
      single(`${nodePorts}allocated_ports`, () => ports().used),
      single(`${nodePorts}available_ports`, () => ports().free),
      counts(`${nodePorts}allocation_total`, this.#ports),
      counts(`${nodePorts}allocation_errors_total`, this.#portErrors),
    ];
  }
}
