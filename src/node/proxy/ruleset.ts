/** Rules as data. A fragment is what one service (or all host ports) adds to the table; fragments share no chain and no set. */
export interface Fragment {
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
  readonly elements: readonly MapElement[];
}

export interface Chain {
  readonly name: string;
  /** In nft's language. */
  readonly rules: readonly string[];
}

export interface NamedSet {
  /** Tells the definition too: a set can't be changed, so another definition needs another name. */
  readonly name: string;
  readonly definition: string;
}

/** An element of one of the table's own maps or sets. */
export interface MapElement {
  readonly map: string;
  /** As in `10.0.0.10 . udp . 53`. */
  readonly key: string;
  /** A verdict; absent in a plain set. */
  readonly value?: string;
}

export const emptyFragment: Fragment = { chains: [], sets: [], elements: [] };

/** Everything of a table that doesn't depend on services. */
export interface BaseRuleset {
  /** `table inet NAME`'s body, in nft's language. */
  readonly body: string;
}

export interface RulesetOptions {
  /** The cluster's pod ranges, one per family. Traffic to services from elsewhere is masqueraded. */
  clusterCidrs: readonly string[];
  /** This node's part of them; all of them when absent. Traffic of these pods that leaves the cluster is masqueraded. */
  podCidrs?: readonly string[];
  /** An address of these that is no service's is refused at once. */
  serviceCidrs?: readonly string[];
  /** This node's bridge. With it, host ports and node ports work on 127.0.0.1 too, for pods of this node. */
  bridge?: string;
  /** Only on these addresses of the node are node ports served; all when absent or empty. */
  nodePortAddresses?: readonly string[];
  /** Masquerade all service traffic. For kernels without bridge netfilter. */
  masqueradeAll?: boolean;
  /** The mark's bit that means: to be masqueraded. Upstream's when absent. */
  masqueradeBit?: number;
}
