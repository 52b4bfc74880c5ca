import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, TestCluster, whyNoContainers } from "./harness/cluster.ts";
import { Terminal, whyNoTerminal } from "./harness/terminal.ts";

const why = whyNoContainers() ?? whyNoTerminal();

const shell = (name: string) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "c", image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh"], stdin: true, tty: true }],
    },
  });

describe.skipIf(why)(`kubectl on a terminal${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let scratch: string;
  const terminals: Terminal[] = [];
  const kubectl = (rows: number, columns: number, ...args: string[]) => {
    const terminal = new Terminal({ rows, columns }, "kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
    terminals.push(terminal);
    return terminal;
  };
  /** The shell in the pod is told of a size some time after kubectl is. */
  const showsSize = async (terminal: Terminal, rows: number, columns: number) => {
    terminal.type(`until [ "$(stty size)" = "${rows} ${columns}" ]; do sleep 0.1; done; echo size-"$(stty size)"\r`);
    await terminal.shows(`size-${rows} ${columns}\r\n`);
  };

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "kybern-terminal-"));
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
    cluster.feed(shell("shell"), "create", "-f", "-");
    cluster.ok("wait", "--for=condition=Ready", "pod/shell", "--timeout=60s");
  });
  afterAll(async () => {
    for (const terminal of terminals) terminal.kill();
    await cluster?.delete();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("exec -it: the terminal's size, at first and as it changes, Ctrl-C, and the exit code", async () => {
    const terminal = kubectl(33, 101, "exec", "-it", "shell", "--", "sh");
    await terminal.shows("# ");
    await showsSize(terminal, 33, 101);
    terminal.resize(44, 120);
    await showsSize(terminal, 44, 120);
    terminal.type("echo sleep''ing; sleep 1000\r");
    await terminal.shows("sleeping\r\n");
    terminal.type("\x03");
    await terminal.shows("# ");
    terminal.type("echo code-$?\r");
    await terminal.shows("code-130\r\n");
    terminal.type("tty; echo $TERM; exit 3\r");
    await terminal.shows("/dev/pts/");
    await terminal.shows("xterm\r\n");
    await terminal.shows("command terminated with exit code 3");
    expect(await terminal.ended).toBe(3);
  });

  it("attach -it: again after the first has gone", async () => {
    const first = kubectl(30, 90, "attach", "-it", "shell");
    await first.shows("# ");
    await showsSize(first, 30, 90);
    first.type("kept=here; echo se''t\r");
    await first.shows("set\r\n");
    first.kill();
    const second = kubectl(31, 91, "attach", "-it", "shell");
    await second.shows("# ");
    await showsSize(second, 31, 91);
    second.resize(32, 92);
    await showsSize(second, 32, 92);
    second.type("echo still-$kept\r");
    await second.shows("still-here\r\n");
    second.kill();
  });

  it("run -it --rm: ends with the shell, and leaves nothing", async () => {
    const image = ["--image=busybox", "--image-pull-policy=IfNotPresent"];
    const terminal = kubectl(35, 111, "run", "once", "-it", "--rm", "--restart=Never", ...image, "--", "sh");
    await terminal.shows("If you don't see a command prompt, try pressing enter.");
    terminal.type("\r");
    await terminal.shows("# ");
    await showsSize(terminal, 35, 111);
    terminal.type("exit 7\r");
    await terminal.shows('pod "once" deleted');
    expect(await terminal.ended).toBe(7);
    expect(cluster.kubectl("get", "pod", "once").stderr).toBe('Error from server (NotFound): pods "once" not found\n');
  });

  it("edit: changes, changes nothing, and asks again after a mistake", () => {
    cluster.ok("create", "configmap", "edited", "--from-literal=color=red");
    const edit = (script: string) => {
      const editor = join(scratch, "editor");
      writeFileSync(editor, `#!/bin/sh\n${script}\n`);
      chmodSync(editor, 0o755);
      return run("env", [`KUBE_EDITOR=${editor}`, "kubectl", "--kubeconfig", cluster.kubeconfig, "edit", "configmap", "edited"]);
    };
    expect(edit('sed -i s/red/blue/ "$1"')).toMatchObject({ code: 0, stdout: "configmap/edited edited\n" });
    expect(cluster.ok("get", "configmap", "edited", "-o", "jsonpath={.data.color}")).toBe("blue");
    expect(edit("true").stderr).toContain("Edit cancelled, no changes made.\n");
    const twice = `if [ -e ${scratch}/first ]; then cp "$1" ${scratch}/second; sed -i 's/a bad key/a-good-key/' "$1"
      else touch ${scratch}/first; sed -i 's/color: blue/a bad key: blue/' "$1"; fi`;
    const mistaken = edit(twice);
    expect(mistaken).toMatchObject({ code: 0, stdout: "configmap/edited edited\n" });
    expect(readFileSync(join(scratch, "second"), "utf8")).toMatch(
      /^# configmaps "edited" was not valid:\n# \* data\[a bad key\]: Invalid value: "a bad key": a valid config key must consist of alphanumeric characters/m,
    );
    expect(cluster.ok("get", "configmap", "edited", "-o", "jsonpath={.data}")).toBe('{"a-good-key":"blue"}');
  });
});
