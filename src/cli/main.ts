import module from "node:module";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { UsageError } from "../cluster/options.ts";
import { serverFlagTexts } from "../cluster/server-flag-texts.ts";

const serverFlagNames = new Set(serverFlagTexts.map(([name]) => `--${name}`));

/** What of the API server's flags was given, by name. */
function serverFlagsOf(command: Command): Record<string, string | undefined> {
  const values = command.opts<Record<string, string | undefined>>();
  return Object.fromEntries(
    command.options
      .filter(({ long }) => serverFlagNames.has(long ?? ""))
      .map((option) => [(option.long ?? "").slice(2), values[option.attributeName()]]),
  );
}

/** The command line. Each command's code is loaded only when it is the one that runs. */
function program(): Command {
  const kybern = new Command("kybern")
    .description("Kubernetes in one process: a cluster on this machine, for kubectl, helm and every other client")
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions();

  const data = () =>
    new Option("--data <directory>", "where the cluster keeps everything (default: /var/lib/kybern as root, else ~/.local/share/kybern)");

  const up = kybern
    .command("up")
    .description("start the cluster and keep it running until Ctrl-C; the next start continues with all that was there")
    .addOption(data())
    .option("--port <number>", "port of the API server (default: 6443, or the next free one)")
    .option("--bind-address <addresses>", "addresses to listen on, comma-separated (default: loopback and the pods' bridge)")
    .option("--advertise-address <address>", "address by which pods and other machines reach the API server")
    .option("--tls-san <names>", "further names and addresses for the API server's certificate, comma-separated")
    .option("--kubeconfig <file>", "write the administrator's kubeconfig here too")
    .option("--nodes <host|none|simulated[=N]>", "this machine with real containers, none, or N simulated nodes", "host")
    .option("--components <list>", "run only these: apiserver,controllers,scheduler,node,dns", "apiserver,controllers,scheduler,node,dns")
    .option("--store <lmdb|memory>", "keep objects on disk, or in memory only", "lmdb")
    .option("--service-cluster-ip-range <cidr>", "addresses of services (default: a free range)")
    .option("--cluster-cidr <cidr>", "addresses of pods (default: a free range)")
    .option("--service-node-port-range <from-to>", "ports of NodePort services (default: 30000-32767, or a free range)")
    .option("--service-account-issuer <url>", "issuer of service-account tokens", "https://kubernetes.default.svc.cluster.local")
    .option("--token-auth-file <file>", 'static tokens: token,user,uid,"group1,group2" on each line')
    .option("--enable-admission-plugins <names>", "admission plug-ins beside those that are on by default, comma-separated")
    .option("--disable-admission-plugins <names>", "admission plug-ins that are on by default and shall not be, comma-separated")
    .option("--admission-control-config-file <file>", "an AdmissionConfiguration, as kube-apiserver reads it")
    .option("--legacy-versions <true|false>", "serve API versions that Kubernetes has removed since, as extensions/v1beta1", "true")
    .option("--containerd <socket>", "use the containerd behind this socket instead of a private one")
    .option("--detach-pods", "leave pods running when kybern stops")
    .option("--log-level <level>", "debug, info, warn or error", "info")
    .option("--setup", "install missing system packages first")
    .option("--yes", "with --setup: install without asking")
    .action(async (options, command: Command) => (await import("./up.ts")).runUp({ ...options, server: serverFlagsOf(command) }));

  for (const [name, takes, initial, text] of serverFlagTexts) {
    up.addOption(
      new Option(`--${name} <${takes}>`, initial === "" ? text : `${text} (default: ${initial})`).helpGroup(
        "API server, as kube-apiserver:",
      ),
    );
  }

  kybern
    .command("down")
    .description("stop a running cluster, pods included")
    .addOption(data())
    .option("--delete", "remove every trace of the cluster: containers, network, mounts, data")
    .action(async (options) => (await import("./down.ts")).runDown(options));

  kybern
    .command("status")
    .description("what runs, where, since when; what is stored without anything acting on it; when certificates end")
    .addOption(data())
    .option("-o, --output <format>", "text or json", "text")
    .action(async (options) => (await import("./status.ts")).runStatus(options));

  kybern
    .command("setup")
    .description("install the system packages that real containers need (Debian and Ubuntu)")
    .option("--yes", "install without asking")
    .action(async (options) => (await import("./setup.ts")).runSetup(options));

  kybern
    .command("kubeconfig")
    .description("print the administrator's kubeconfig")
    .addOption(data())
    .option("--path", "print the file's path instead")
    .action(async (options) => (await import("./kubeconfig.ts")).runKubeconfig(options));

  kybern
    .command("run")
    .description("run one component against any Kubernetes")
    .argument("<component>", "node, proxy, dns, scheduler or controllers")
    .requiredOption("--kubeconfig <file>", "how to reach the cluster")
    .option("--data <directory>", "where it keeps what it needs (default: kybern-COMPONENT in /var/lib as root, else in ~/.local/share)")
    .option("--node-name <name>", "node, proxy: the name of this node (default: the host name)")
    .option("--pod-cidr <cidr>", "node, proxy: addresses of this node's pods (default: as the cluster gives it)")
    .option("--cluster-cidr <cidr>", "addresses of all pods; controllers: nodes get their ranges from it")
    .option("--node-ip <address>", "node: the address that other nodes reach this one by (default: the one that leads to the API server)")
    .option("--port <number>", "node: port of the agent's API", "10250")
    .option("--cluster-dns <address>", "node, dns: the address by which pods know the cluster's DNS")
    .option("--pki <directory>", "controllers: the pki directory of kybern up, with whose keys nodes get their certificates")
    .option("--listen <address:port>", "dns: where it listens")
    .option("--containerd <socket>", "node: use the containerd behind this socket instead of a private one")
    .option("--log-level <level>", "debug, info, warn or error", "info")
    .action(async (component, options) => (await import("./run.ts")).runComponent(component, options));

  const image = kybern.command("image").description("images of this machine's node");
  image
    .command("import")
    .description("take images from an archive (docker save, or OCI layout in a tar)")
    .argument("<file>", "the archive; gzip is fine")
    .addOption(data())
    .option("--containerd <socket>", "the containerd to import into (default: the cluster's own)")
    .action(async (file, options) => (await import("./image.ts")).runImageImport(file, options));
  image
    .command("list")
    .description("the images that are there")
    .addOption(data())
    .option("--containerd <socket>", "the containerd to ask (default: the cluster's own)")
    .action(async (options) => (await import("./image.ts")).runImageList(options));

  kybern
    .command("envtest-assets")
    .description("make a directory for KUBEBUILDER_ASSETS: controller-runtime's envtest then starts kybern's API server")
    .argument("<directory>", "the directory to make")
    .action(async (directory) => (await import("./envtest.ts")).runEnvtestAssets(directory));
  kybern
    .command("envtest", { hidden: true })
    .description("what the programs of that directory start")
    .argument("<program>", "kube-apiserver or etcd")
    .argument("[flags...]")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name, flags) => (await import("./envtest.ts")).runStandIn(name, flags));

  kybern
    .command("test-server")
    .description("a cluster in memory for tests in any language: API server, controllers, scheduler, simulated nodes; gone when it ends")
    .option("--port <number>", "port to listen on; 0 for a free one", "0")
    .option("--nodes <number>", "simulated nodes", "1")
    .option("--controllers <list>", "none, lifecycle, all, or names, comma-separated", "all")
    .option("--print-kubeconfig", "print the administrator's kubeconfig once the cluster answers, instead of the file's path")
    .action(async (options) => (await import("./test-server.ts")).runTestServer(options));
  kybern
    .command("open")
    .description("serve a cluster that a test has saved, as it was at any of its revisions")
    .argument("<file>", "what the test has saved")
    .option("--revision <number>", "as it was at this revision (default: the last one)")
    .option("--port <number>", "port to listen on; 0 for a free one", "0")
    .option("--requests", "print the newest requests, and leave")
    .action(async (file, options) => (await import("./open.ts")).runOpen(file, options));

  kybern
    .command("types")
    .description("print TypeScript types of a custom kind, for typed clients")
    .argument("<file>", "its CustomResourceDefinition, YAML or JSON")
    .action(async (file) => (await import("./types.ts")).runTypes(file));

  kybern
    .command("version")
    .description("the version of kybern and of the Kubernetes API that it serves")
    .action(async () => (await import("./version.ts")).runVersion());

  pointToHelp(kybern, "kybern", "lists the commands");
  return kybern;
}

/** A mistake leads to the help of the very command. */
function pointToHelp(command: Command, name: string, what: string): void {
  command.showHelpAfterError(`(${name} --help ${what})`);
  for (const child of command.commands) {
    pointToHelp(child, `${name} ${child.name()}`, child.commands.length > 0 ? "lists the commands" : "lists its options");
  }
}

// Compiled code is kept beside the bundle, where only who may change the program can write. Without the right to write there, each
// start compiles anew.
if (import.meta.url.endsWith(".js")) module.enableCompileCache(fileURLToPath(new URL("compile-cache", import.meta.url)));

try {
  await program().parseAsync();
} catch (error) {
  const known = error instanceof UsageError || (error instanceof Error && process.env.KYBERN_DEBUG === undefined);
  process.stderr.write(`kybern: ${known ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
