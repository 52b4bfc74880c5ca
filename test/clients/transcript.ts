import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { areas, type Command } from "./kubectl-commands.ts";

/** What a command printed, with what differs at each run made alike. */
export interface Printed {
  command: string;
  code: number;
  stdout: string;
  stderr: string;
}

export type Transcript = Record<string, Printed[]>;

/** The versions of kubectl that are asked, and what their programs are called. */
export const kubectls = { "1.36": "kubectl", "1.32": "kubectl-1.32" } as const;

export type KubectlVersion = keyof typeof kubectls;

/** Runs an area's commands with one kubectl in a namespace of their own. */
export function runArea(area: string, program: string, version: KubectlVersion, kubeconfig: string): Printed[] {
  const home = mkdtempSync(join(tmpdir(), "kybern-kubectl-"));
  const namespace = `area-${Object.keys(areas).indexOf(area)}-${version.replace(".", "-")}`;
  const ask = (...words: string[]) =>
    spawnSync(program, ["--kubeconfig", kubeconfig, "--namespace", namespace, ...words], { env: { HOME: home } });
  try {
    ask("create", "namespace", namespace);
    // What controllers do elsewhere, and pods wait for.
    ask("create", "serviceaccount", "default");
    return (areas[area] as Command[]).map((command) => run(command, { program, kubeconfig, namespace, home }));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface Place {
  program: string;
  kubeconfig: string;
  namespace: string;
  home: string;
}

function run(command: Command, { program, kubeconfig, namespace, home }: Place): Printed {
  const { status, stdout, stderr, error } = spawnSync(
    program,
    ["--kubeconfig", kubeconfig, "--namespace", namespace, ...command.arguments],
    {
      cwd: join(import.meta.dirname, "files"),
      env: { PATH: process.env.PATH, HOME: home, KUBE_EDITOR: command.editor ?? "false", TZ: "UTC" },
      input: command.input ?? "",
      timeout: 30_000,
    },
  );
  if (error) throw error;
  const normal = (text: Buffer) => normalise(text.toString().replaceAll(namespace, "NAMESPACE").replaceAll(home, "HOME"));
  return { command: command.arguments.join(" "), code: status ?? -1, stdout: normal(stdout), stderr: normal(stderr) };
}

const timeText =
  /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}|\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4}( UTC)?/g;

/** Ages, times, ids, revisions, addresses and the widths of columns, which follow from them, are made alike. */
export function normalise(text: string): string {
  return text
    .replace(timeText, "TIME")
    .replace(/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g, "UID")
    .replace(/(resourceVersion"?: "?)\d+/g, "$1REVISION")
    .replace(/https:\/\/127\.0\.0\.1:\d+/g, "SERVER")
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, "ADDRESS")
    .replace(/\/(LIVE|MERGED)-\d+/g, "/$1")
    .replace(/\/tmp\/kubectl-edit-\d+\.yaml/g, "/tmp/kubectl-edit.yaml")
    .replace(/(?<=[\s(])\d+(s|m|h|d)(\d+(s|m|h))?(?= ago|\s|$)/gm, "AGE")
    .replace(/(kube-api-access-)[a-z0-9]{5}\b/g, "$1RANDOM")
    .replace(/<unknown>|<invalid>/g, "AGE")
    .replace(/[IEWF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ([a-z_]+\.go):\d+\]/g, "$1]")
    .replace(/ {2,}|\t+/g, "  ");
}
