/** What a generated containerd configuration depends on. */
export interface ContainerdConfigOptions {
  /** As `containerd --version` tells it: `1.6.20~ds1`, `v2.1.3`. */
  version: string;
  root: string;
  state: string;
  socketPath: string;
  sandboxImage: string;
  snapshotter: "overlayfs" | "native";
  cniBinDirectories: readonly string[];
  cniConfDirectory: string;
  /** Set where `oom_score_adj` can't be lowered (no CAP_SYS_RESOURCE): a sandbox fails to start otherwise. */
  restrictOomScoreAdj: boolean;
  /** The directory of `hosts.toml` files per registry. */
  registryConfigDirectory: string;
}

/** Plug-ins that nothing here uses: other snapshotters, periodic restarts, tracing, and a directory under /opt. */
const disabledPlugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.restart",
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
];

/** The config.toml of a private containerd: version 2 of the format for containerd 1.x, version 3 for 2.x. */
export function containerdConfig(options: ContainerdConfigOptions): string {
  const { major, minor } = parseVersion(options.version);
  const head = [
    "# Written at every start; changes are lost.",
    `version = ${major >= 2 ? 3 : 2}`,
    `root = ${quote(options.root)}`,
    `state = ${quote(options.state)}`,
    `disabled_plugins = ${list(disabledPlugins)}`,
    "",
    "[grpc]",
    `  address = ${quote(options.socketPath)}`,
    "",
    "[debug]",
    '  level = "warn"',
    "",
  ];
  return [...head, ...(major >= 2 ? criVersion3(options, minor) : criVersion2(options))].join("\n");
}

export function parseVersion(version: string): { major: number; minor: number } {
  const match = /(\d+)\.(\d+)/.exec(version);
  if (!match) throw new Error(`containerd tells a version that can't be read: "${version}"`);
  return { major: Number(match[1]), minor: Number(match[2]) };
}

function criVersion2(options: ContainerdConfigOptions): string[] {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return [
    `[${cri}]`,
    `  sandbox_image = ${quote(options.sandboxImage)}`,
    ...streaming,
    `  restrict_oom_score_adj = ${options.restrictOomScoreAdj}`,
    "  tolerate_missing_hugetlb_controller = true",
    "  netns_mounts_under_state_dir = true",
    "  enable_unprivileged_ports = true",
    "  enable_unprivileged_icmp = true",
    // Walks the writable layers: the rest of the statistics are read when asked for.
    "  stats_collect_period = 60",
    `  [${cri}.containerd]`,
    `    snapshotter = ${quote(options.snapshotter)}`,
    `    default_runtime_name = "runc"`,
    `    [${cri}.containerd.runtimes.runc]`,
    `      runtime_type = "io.containerd.runc.v2"`,
    `      [${cri}.containerd.runtimes.runc.options]`,
    "        SystemdCgroup = false",
    `        Root = ${quote(`${options.state}/runc`)}`,
    `  [${cri}.cni]`,
    `    bin_dir = ${quote(options.cniBinDirectories[0] ?? "/opt/cni/bin")}`,
    `    conf_dir = ${quote(options.cniConfDirectory)}`,
    `  [${cri}.registry]`,
    `    config_path = ${quote(options.registryConfigDirectory)}`,
    "",
  ];
}

function criVersion3(options: ContainerdConfigOptions, minor: number): string[] {
  const images = "plugins.'io.containerd.cri.v1.images'";
  const runtime = "plugins.'io.containerd.cri.v1.runtime'";
  return [
    `[${images}]`,
    `  snapshotter = ${quote(options.snapshotter)}`,
    "  stats_collect_period = 60",
    `  [${images}.pinned_images]`,
    `    sandbox = ${quote(options.sandboxImage)}`,
    `  [${images}.registry]`,
    `    config_path = ${quote(options.registryConfigDirectory)}`,
    `[${runtime}]`,
    `  restrict_oom_score_adj = ${options.restrictOomScoreAdj}`,
    "  tolerate_missing_hugetlb_controller = true",
    "  netns_mounts_under_state_dir = true",
    "  enable_unprivileged_ports = true",
    "  enable_unprivileged_icmp = true",
    `  [${runtime}.containerd]`,
    `    default_runtime_name = "runc"`,
    `    [${runtime}.containerd.runtimes.runc]`,
    `      runtime_type = "io.containerd.runc.v2"`,
    `      [${runtime}.containerd.runtimes.runc.options]`,
    "        SystemdCgroup = false",
    `        Root = ${quote(`${options.state}/runc`)}`,
    `  [${runtime}.cni]`,
    minor >= 1
      ? `    bin_dirs = ${list(options.cniBinDirectories)}`
      : `    bin_dir = ${quote(options.cniBinDirectories[0] ?? "/opt/cni/bin")}`,
    `    conf_dir = ${quote(options.cniConfDirectory)}`,
    // Its socket would be that of every containerd on the machine.
    "[plugins.'io.containerd.nri.v1.nri']",
    "  disable = true",
    "[plugins.'io.containerd.grpc.v1.cri']",
    ...streaming,
    "",
  ];
}

const streaming = [
  "  disable_tcp_service = true",
  `  stream_server_address = "127.0.0.1"`,
  `  stream_server_port = "0"`,
  `  stream_idle_timeout = "4h0m0s"`,
];

/** A TOML basic string; JSON's escapes are a part of TOML's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function list(items: readonly string[]): string {
  return `[${items.map(quote).join(", ")}]`;
}
