import { Command, Option } from "commander";
import { UsageError } from "../cluster/options.ts";

/** The command line. Each command's code is loaded only when it is the one that runs. */
function program(): Command {
  const kybern = new Command("kybern")
    .description("Kubernetes in one process: a cluster on this machine, for kubectl, helm and every other client")
    .showHelpAfterError("(kybern --help lists the commands)")
    .configureHelp({ showGlobalOptions: true })
    .enablePositionalOptions();

  const data = () => new Option("--data <directory>", "where the cluster keeps everything (default: /var/lib/kybern as root)");

  kybern
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
    .option("--legacy-versions <true|false>", "serve API versions that Kubernetes has removed since, as extensions/v1beta1", "true")
    .option("--containerd <socket>", "use the containerd behind this socket instead of a private one")
    .option("--detach-pods", "leave pods running when kybern stops")
    .option("--log-level <level>", "debug, info, warn or error", "info")
    .option("--setup", "install missing system packages first")
    .option("--yes", "install without asking")
    .action(async (options) => (await import("./up.ts")).runUp(options));

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
    .action(async (options) => {
      await (await import("./setup.ts")).runSetup(options);
    });

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
    .addOption(data())
    .option("--node-name <name>", "the name of this node (default: the host name)")
    .option("--pod-cidr <cidr>", "addresses of this node's pods")
    .option("--cluster-cidr <cidr>", "addresses of all pods")
    .option("--node-ip <address>", "the address that other nodes reach this one by")
    .option("--port <number>", "port of the node agent's API", "10250")
    .option("--cluster-dns <address>", "address of the cluster's DNS")
    .option("--pki <directory>", "the pki directory of kybern up: controllers issue certificates to nodes with its keys")
    .option("--listen <address:port>", "where DNS listens")
    .option("--containerd <socket>", "use the containerd behind this socket instead of a private one")
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
    .command("version")
    .description("the version of kybern and of the Kubernetes API that it serves")
    .action(async () => (await import("./version.ts")).runVersion());

  return kybern;
}

try {
  await program().parseAsync();
} catch (error) {
  const known = error instanceof UsageError || (error instanceof Error && process.env.KYBERN_DEBUG === undefined);
  process.stderr.write(`kybern: ${known ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
