import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Status } from "../../machinery/meta/v1.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import { type ContainerRuntime, RuntimeError, type StreamSession } from "../runtime/runtime.ts";
import type { PodLookup } from "./pod-lookup.ts";
import { acceptRemoteStreams, type RemoteStreams, wantedStreams } from "./remote-streams.ts";
import { RequestRefusal } from "./request-refusal.ts";
import type { UpgradeRequest } from "./upgrade.ts";

export interface StreamingDeps {
  lookup: PodLookup;
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
}

/** `/exec/{namespace}/{pod}/{container}`. Rejects with `RequestRefusal` before anything was answered. */
export async function serveExec(
  { lookup, runtime, clock }: StreamingDeps,
  [namespace = "", podName = "", container = ""]: readonly string[],
  upgrade: UpgradeRequest,
): Promise<void> {
  const wanted = wantedStreams(upgrade.query);
  const command = upgrade.query.getAll("command");
  if (command.length === 0) throw new RequestRefusal(400, "you must specify a command");
  const pod = lookup.pod(namespace, podName);
  const id = await lookup.runningContainer(pod, container, `container not found (${JSON.stringify(container)})`);
  const remote = await acceptRemoteStreams(upgrade, wanted, clock);
  const status = await converse(remote, () => runtime.exec(id, { command, ...wanted }), {
    exited: (code) => `error executing command [${command.join(" ")}], exit code ${code}`,
    failed: "error executing command in container",
  });
  await remote.finish(status);
}

/** `/attach/{namespace}/{pod}/{container}`. Rejects with `RequestRefusal` before anything was answered. */
export async function serveAttach(
  { lookup, runtime, clock }: StreamingDeps,
  [namespace = "", podName = "", container = ""]: readonly string[],
  upgrade: UpgradeRequest,
): Promise<void> {
  const pod = lookup.pod(namespace, podName);
  const asked = wantedStreams(upgrade.query);
  const absent = `container ${container} not found in pod ${nameOf(pod)}_${namespaceOf(pod)}`;
  const spec = lookup.containerSpec(pod, container);
  if (!spec) throw new RequestRefusal(500, absent);
  const id = await lookup.runningContainer(pod, container, absent);
  const remote = await acceptRemoteStreams(upgrade, asked, clock);
  // Whether there is a terminal was settled when the container was made.
  const tty = spec.tty ?? false;
  const status = await converse(remote, () => runtime.attach(id, { ...asked, tty, stderr: asked.stderr && !tty }), {
    exited: (code) => `exit code ${code}`,
    failed: "error attaching to container",
  });
  await remote.finish(status);
}

interface Words {
  exited(code: number): string;
  failed: string;
}

/** Joins the client's streams with the runtime's until the command has ended; answers how it went. */
async function converse(remote: RemoteStreams, open: () => Promise<StreamSession>, words: Words): Promise<Status> {
  let session: StreamSession;
  try {
    session = await open();
  } catch (error) {
    return failure(error, words);
  }
  remote.onResize((columns, rows) => session.resize(columns, rows));
  if (remote.stdin && session.stdin) pass(remote.stdin, session.stdin);
  // What can't be told has nobody to miss it: the client has gone.
  const outputs = Promise.allSettled(
    (["stdout", "stderr"] as const).map(async (name) => {
      const [source, target] = [session[name], remote[name]];
      if (source && target) await pipeline(source, target);
      else source?.resume();
    }),
  );
  const leave = () => session.close();
  remote.closed.then(leave, leave);
  try {
    const code = await session.done;
    await outputs;
    return code === 0 ? success : exit(code, words);
  } catch (error) {
    await outputs;
    return failure(error, words);
  } finally {
    remote.stdin?.unpipe();
    remote.stdin?.resume();
  }
}

/** Passes input on to its end. What a command that has ended leaves unread is dropped. */
function pass(source: Readable, target: Writable): void {
  const drop = () => {
    source.unpipe(target);
    source.resume();
  };
  target.on("error", drop);
  target.on("close", drop);
  source.pipe(target);
}

const success: Status = { metadata: {}, status: "Success" };

function exit(code: number, words: Words): Status {
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: ${words.exited(code)}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

function failure(error: unknown, words: Words): Status {
  const text = error instanceof RuntimeError ? error.message : String(error);
  const prefix = "Internal error occurred: ";
  // A runtime that speaks the same protocol has put it into these words already.
  const message = text.startsWith(prefix) ? text.slice(prefix.length) : `${words.failed}: ${text}`;
  return {
    metadata: {},
    status: "Failure",
    message: `${prefix}${message}`,
    reason: "InternalError",
    details: { causes: [{ message }] },
    code: 500,
  };
}
