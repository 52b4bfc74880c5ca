import { describe, expect, it } from "vitest";
import type { Pod, Secret } from "../../api/core/v1.ts";
import { secrets } from "../../api/refs.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { createMemoryClient } from "../../client/testing/memory-client.ts";
import { sleep, VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { createObjectSource } from "../object-source.ts";
import { type PullOptions, RuntimeError } from "../runtime/runtime.ts";
import { SimulatedRuntime } from "../runtime/simulated/simulated-runtime.ts";
import { createImageManager } from "./image-manager.ts";

const notFound = new RuntimeError("NotFound", 'failed to pull and unpack image "docker.io/library/web:1": not found');
const offline = new RuntimeError(
  "Unknown",
  'failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
);

class Registry extends SimulatedRuntime {
  readonly pulls: { reference: string; username: string | undefined }[] = [];
  answer: (reference: string, username: string | undefined) => RuntimeError | undefined = () => undefined;
  pullMilliseconds = 0;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super({ clock });
    this.#clock = clock;
  }

  override async pullImage(reference: string, options: PullOptions = {}): Promise<string> {
    const username = options.auth?.username;
    this.pulls.push({ reference, username });
    if (this.pullMilliseconds > 0) await sleep(this.#clock, this.pullMilliseconds);
    const failure = this.answer(reference, username);
    if (failure) throw failure;
    return await super.pullImage(reference, options);
  }
}

function setUp() {
  const clock = new VirtualClock();
  const runtime = new Registry(clock);
  const client = createMemoryClient({ clock });
  const told: string[] = [];
  const recorder: EventRecorder = {
    event: (_about, type, reason, message) => told.push(`${type} ${reason} ${message}`),
    stop: async () => {},
  };
  const images = createImageManager({ runtime, clock, logger: silentLogger, objects: createObjectSource(client, clock), recorder });
  const ensure = (image: string, imagePullPolicy?: string, spec: Partial<Pod["spec"]> = {}) => {
    const container = { name: "main", image, ...(imagePullPolicy ? { imagePullPolicy } : {}) };
    const pod: Pod = { metadata: { name: "p", namespace: "default", uid: "u" }, spec: { containers: [container], ...spec } };
    return images.ensure(pod, container);
  };
  const failure = (image: string, policy?: string) =>
    ensure(image, policy).then(
      () => "none",
      (error: { reason: string; message: string }) => `${error.reason}: ${error.message}`,
    );
  const takeEvents = () => told.splice(0);
  return { clock, runtime, client, ensure, failure, takeEvents };
}

describe("pull policies", () => {
  it("IfNotPresent pulls once, telling time and size", async () => {
    const { clock, runtime, ensure, takeEvents } = setUp();
    runtime.pullMilliseconds = 1200;
    const pulling = ensure("web:1", "IfNotPresent");
    await clock.advance(1200);
    const id = await pulling;
    expect(id).toMatch(/^sha256:/);
    expect(await ensure("web:1", "IfNotPresent")).toBe(id);
    expect(runtime.pulls).toHaveLength(1);
    expect(takeEvents()).toEqual([
      'Normal Pulling Pulling image "web:1"',
      'Normal Pulled Successfully pulled image "web:1" in 1.2s (1.2s including waiting). Image size: 10000000 bytes.',
      'Normal Pulled Container image "web:1" already present on machine and can be accessed by the pod',
    ]);
  });

  it("Always asks the registry each time, and is what latest gets", async () => {
    const { runtime, ensure } = setUp();
    await ensure("web:1", "Always");
    await ensure("web:1", "Always");
    await ensure("web");
    await ensure("web");
    await ensure("web:2");
    await ensure("web:2");
    expect(runtime.pulls.map(({ reference }) => reference)).toEqual(["web:1", "web:1", "web:latest", "web:latest", "web:2"]);
  });

  it("Never takes what is there", async () => {
    const { failure, ensure, takeEvents } = setUp();
    expect(await failure("web:1", "Never")).toBe('ErrImageNeverPull: Container image "web:1" is not present with pull policy of Never');
    expect(takeEvents()).toEqual([
      'Warning ErrImageNeverPull Container image "web:1" is not present with pull policy of Never',
      "Warning Failed Error: ErrImageNeverPull",
    ]);
    const id = await ensure("web:1");
    expect(await ensure("web:1", "Never")).toBe(id);
  });

  it("refuses what isn't the name of an image", async () => {
    const { failure } = setUp();
    expect(await failure("Web:1")).toBe(
      'InvalidImageName: Failed to apply default image tag "Web:1": couldn\'t parse image name "Web:1": invalid reference format: repository name (library/Web) must be lowercase',
    );
    expect(await failure("web:::1")).toBe(
      'InvalidImageName: Failed to apply default image tag "web:::1": couldn\'t parse image name "web:::1": invalid reference format',
    );
  });
});

describe("failures", () => {
  it("backs off from 10 s to 5 min and says why", async () => {
    const { clock, runtime, failure, takeEvents } = setUp();
    runtime.answer = () => notFound;
    const why =
      'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/web:1": not found (the registry has no such image; check the name and the tag)';
    expect(await failure("web:1")).toBe(`ErrImagePull: ${why}`);
    expect(takeEvents()).toEqual([
      'Normal Pulling Pulling image "web:1"',
      `Warning Failed Failed to pull image "web:1": ${why}`,
      "Warning Failed Error: ErrImagePull",
    ]);
    expect(await failure("web:1")).toBe(`ImagePullBackOff: Back-off pulling image "web:1": ErrImagePull: ${why}`);
    expect(takeEvents()).toEqual(['Normal BackOff Back-off pulling image "web:1"', "Warning Failed Error: ImagePullBackOff"]);
    for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
      await clock.advance(seconds * 1000 - 1);
      expect(await failure("web:1")).toContain("ImagePullBackOff");
      await clock.advance(1);
      expect(await failure("web:1")).toBe(`ErrImagePull: ${why}`);
    }
    runtime.answer = () => undefined;
    await clock.advance(300_000);
    expect(await failure("web:1")).toBe("none");
  });

  it("takes a local image when no registry answers, and asks again after a minute", async () => {
    const { clock, runtime, ensure, failure, takeEvents } = setUp();
    await ensure("web:latest");
    runtime.answer = () => offline;
    takeEvents();
    await ensure("web:latest");
    const instead =
      'Normal Pulled Container image "web:latest" already present on machine; it is used as it is, since its registry can\'t be reached';
    expect(takeEvents()).toEqual(['Normal Pulling Pulling image "web:latest"', instead]);
    await ensure("web:latest");
    expect(takeEvents()).toEqual([instead]);
    expect(runtime.pulls).toHaveLength(2);
    await clock.advance(60_000);
    await ensure("web:latest");
    expect(runtime.pulls).toHaveLength(3);
    expect(await failure("other:latest")).toContain("and run: kybern image import FILE");
  });

  it("stays with upstream when a registry answers no", async () => {
    const { runtime, ensure, failure } = setUp();
    await ensure("web:latest");
    runtime.answer = () => notFound;
    expect(await failure("web:latest")).toContain("ErrImagePull: ");
  });
});

it("pulls the same image once for all who wait", async () => {
  const { clock, runtime, ensure, takeEvents } = setUp();
  runtime.pullMilliseconds = 500;
  const both = [ensure("web:1", "Always")];
  await clock.advance(200);
  both.push(ensure("web:1", "Always"));
  await clock.advance(300);
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second);
  expect(runtime.pulls).toHaveLength(1);
  expect(takeEvents().at(-1)).toBe(
    'Normal Pulled Successfully pulled image "web:1" in 500ms (300ms including waiting). Image size: 10000000 bytes.',
  );
});

describe("pull secrets", () => {
  const secret = (name: string, type: string, key: string, content: unknown): Secret => ({
    metadata: { namespace: "default", name },
    type,
    data: { [key]: Buffer.from(JSON.stringify(content)).toString("base64") },
  });
  const login = (username: string) => ({ auth: Buffer.from(`${username}:pw`).toString("base64") });
  const spec = { imagePullSecrets: [{ name: "new" }, { name: "old" }, { name: "gone" }] };

  it("tries those that fit, the most specific first", async () => {
    const { runtime, client, ensure, takeEvents } = setUp();
    client.seed(
      secrets,
      secret("new", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", {
        auths: {
          "https://registry.example/v1/": login("all"),
          "registry.example/team": login("team"),
          "*.example.org": login("glob"),
          "registry.example:5000": login("port"),
        },
      }),
      secret("old", "kubernetes.io/dockercfg", ".dockercfg", { "https://index.docker.io/v1/": { username: "hub", password: "pw" } }),
    );
    runtime.answer = (_reference, username) => (username === "team" ? new RuntimeError("Unknown", "unauthorized") : undefined);
    for (const image of [
      "registry.example/team/web:1",
      "r.example.org/web:1",
      "web:1",
      "registry.example:5000/web:1",
      "quay.example/web:1",
    ]) {
      await ensure(image, "Always", spec);
    }
    expect(runtime.pulls.map(({ username }) => username)).toEqual(["team", "all", "glob", "hub", "port", undefined]);
    expect(takeEvents()[0]).toBe(
      "Warning FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.",
    );
  });
});
