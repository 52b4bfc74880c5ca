import type { Container, Pod, Secret } from "../../api/core/v1.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { namespaceOf, uidOf } from "../../machinery/object.ts";
import type { ObjectSource } from "../object-source.ts";
import type { ImageSource } from "../pods/agent-context.ts";
import { textOf } from "../pods/container-starter.ts";
import { fieldPathOf } from "../pods/field-path.ts";
import type { ContainerRuntime, RegistryAuth } from "../runtime/runtime.ts";
import { type ImageName, parseImageName } from "./image-name.ts";
import { isRegistryUnreachable, pullFailureMessage } from "./import.ts";
import { credentialsFor } from "./pull-credentials.ts";
import { PullFailures } from "./pull-failures.ts";

/** Why a container's image isn't there: the reason and message of its waiting state. */
class ImageError extends Error {
  readonly reason: "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" | "ImageInspectError";

  constructor(reason: ImageError["reason"], message: string) {
    super(message);
    this.name = "ImageError";
    this.reason = reason;
  }
}

export interface ImageManagerOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
  objects: ObjectSource;
  recorder: EventRecorder;
  /** Where they outlive the agent; the manager's own when absent. */
  failures?: PullFailures;
  /** Ends pulls that are under way. */
  signal?: AbortSignal;
}

export function createImageManager(options: ImageManagerOptions): ImageSource {
  return new PullingImageManager(options);
}

type Wanted = Pick<Container, "name" | "image" | "imagePullPolicy">;

interface Pulled {
  id: string;
  milliseconds: number;
}

/** For so long a registry that didn't answer isn't asked again on behalf of images that are here. */
const unreachableMilliseconds = 60_000;

class PullingImageManager implements ImageSource {
  readonly #options: ImageManagerOptions;
  readonly #failures: PullFailures;
  /** Pulls under way, by image and credentials: who wants the same waits for the same. */
  readonly #pulls = new Map<string, Promise<Pulled>>();
  /** The end of the last pull of each image: pulls of one image with different credentials come one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** When registries did not answer. */
  readonly #unreachable = new Map<string, number>();

  constructor(options: ImageManagerOptions) {
    this.#options = options;
    this.#failures = options.failures ?? new PullFailures(options.clock);
  }

  async ensure(pod: Pod, container: Wanted): Promise<string> {
    try {
      return await this.#ensure(pod, container);
    } catch (error) {
      if (error instanceof ImageError) this.#event(pod, container, "Warning", "Failed", `Error: ${error.reason}`);
      throw error;
    }
  }

  async #ensure(pod: Pod, container: Wanted): Promise<string> {
    const requested = container.image ?? "";
    const name = parseImageName(requested);
    if (!name) {
      const message = `Failed to apply default image tag "${requested}": couldn't parse image name "${requested}": ${parseFailure(requested)}`;
      this.#event(pod, container, "Warning", "InspectFailed", message);
      throw new ImageError("InvalidImageName", message);
    }
    const reference = withDefaultTag(requested, name);
    const policy = container.imagePullPolicy || (name.tag === "latest" ? "Always" : "IfNotPresent");
    if (policy !== "Always") {
      const present = await this.#inspect(pod, container, reference);
      if (present) {
        this.#event(
          pod,
          container,
          "Normal",
          "Pulled",
          `Container image "${requested}" already present on machine and can be accessed by the pod`,
        );
        return present;
      }
      if (policy === "Never") {
        const message = `Container image "${requested}" is not present with pull policy of Never`;
        this.#event(pod, container, "Warning", "ErrImageNeverPull", message);
        throw new ImageError("ErrImageNeverPull", message);
      }
    } else if (this.#isUnreachable(name.registry)) {
      const present = await this.#localInstead(pod, container, reference);
      if (present) return present;
    }
    return await this.#pull(pod, container, name, reference);
  }

  async #inspect(pod: Pod, container: Wanted, reference: string): Promise<string | undefined> {
    try {
      return (await this.#options.runtime.imageStatus(reference))?.id;
    } catch (error) {
      const message = `Failed to inspect image "${container.image}": ${textOf(error)}`;
      this.#event(pod, container, "Warning", "InspectFailed", message);
      throw new ImageError("ImageInspectError", message);
    }
  }

  async #pull(pod: Pod, container: Wanted, name: ImageName, reference: string): Promise<string> {
    const { clock, runtime } = this.#options;
    const requested = container.image ?? "";
    const key = `${uidOf(pod)}_${reference}`;
    const failure = this.#failures.waitingFor(key);
    if (failure !== undefined) {
      const message = `Back-off pulling image "${requested}"`;
      this.#event(pod, container, "Normal", "BackOff", message);
      throw new ImageError("ImagePullBackOff", `${message}: ${failure}`);
    }
    const startedAt = clock.now();
    const credentials = credentialsFor(name, await this.#pullSecrets(pod));
    this.#event(pod, container, "Normal", "Pulling", `Pulling image "${requested}"`);
    let pulled: Pulled;
    try {
      pulled = await this.#sharedPull(reference, credentials);
    } catch (error) {
      const detail = textOf(error);
      if (isRegistryUnreachable(detail)) {
        this.#unreachable.set(name.registry, clock.now());
        const present = await this.#localInstead(pod, container, reference);
        if (present) return present;
      }
      const message = pullFailureMessage(requested, detail);
      this.#event(pod, container, "Warning", "Failed", `Failed to pull image "${requested}": ${message}`);
      this.#failures.add(key, `ErrImagePull: ${message}`);
      throw new ImageError("ErrImagePull", message);
    }
    this.#unreachable.delete(name.registry);
    this.#failures.succeeded(key);
    const sizeBytes = (await runtime.imageStatus(pulled.id))?.sizeBytes ?? 0;
    const waited = goMilliseconds(clock.now() - startedAt);
    this.#event(
      pod,
      container,
      "Normal",
      "Pulled",
      `Successfully pulled image "${requested}" in ${goMilliseconds(pulled.milliseconds)} (${waited} including waiting). Image size: ${sizeBytes} bytes.`,
    );
    return pulled.id;
  }

  /**
   * What upstream doesn't do: where no registry answers, an image that is here will do for the policy Always. It is the default
   * policy of `:latest`, and imported images couldn't run under it at all.
   */
  async #localInstead(pod: Pod, container: Wanted, reference: string): Promise<string | undefined> {
    const present = await this.#inspect(pod, container, reference);
    if (present === undefined) return undefined;
    this.#event(
      pod,
      container,
      "Normal",
      "Pulled",
      `Container image "${container.image}" already present on machine; it is used as it is, since its registry can't be reached`,
    );
    return present;
  }

  #isUnreachable(registry: string): boolean {
    const at = this.#unreachable.get(registry);
    return at !== undefined && this.#options.clock.now() - at < unreachableMilliseconds;
  }

  async #pullSecrets(pod: Pod): Promise<Secret[]> {
    const names = (pod.spec?.imagePullSecrets ?? []).map(({ name }) => name ?? "").filter((name) => name !== "");
    const secrets: Secret[] = [];
    const failed: string[] = [];
    for (const name of names) {
      try {
        secrets.push(await this.#options.objects.secret(namespaceOf(pod), name, true));
      } catch (error) {
        failed.push(name);
        this.#options.logger.debug("an image pull secret could not be read", {
          namespace: namespaceOf(pod),
          secret: name,
          error: textOf(error),
        });
      }
    }
    if (failed.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${failed.join(", ")}); attempting to pull the image may not succeed.`;
      this.#options.recorder.event(pod, "Warning", "FailedToRetrieveImagePullSecret", message);
    }
    return secrets;
  }

  #sharedPull(reference: string, credentials: readonly RegistryAuth[]): Promise<Pulled> {
    const key = `${reference} ${JSON.stringify(credentials)}`;
    const running = this.#pulls.get(key);
    if (running) return running;
    const before = this.#turns.get(reference) ?? Promise.resolve();
    const pull = before.then(() => this.#pullWith(reference, credentials));
    const end = pull.then(
      () => {},
      () => {},
    );
    this.#pulls.set(key, pull);
    this.#turns.set(reference, end);
    const clear = () => {
      this.#pulls.delete(key);
      if (this.#turns.get(reference) === end) this.#turns.delete(reference);
    };
    pull.then(clear, clear);
    return pull;
  }

  /** Tries the credentials in turn; without any, pulls as anyone. */
  async #pullWith(reference: string, credentials: readonly RegistryAuth[]): Promise<Pulled> {
    const { runtime, clock, signal } = this.#options;
    const startedAt = clock.now();
    const failures: unknown[] = [];
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        const id = await runtime.pullImage(reference, { ...(auth ? { auth } : {}), ...(signal ? { signal } : {}) });
        return { id, milliseconds: clock.now() - startedAt };
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    throw new Error(`[${[...new Set(failures.map(textOf))].join(", ")}]`);
  }

  #event(pod: Pod, container: Wanted, type: "Normal" | "Warning", reason: string, message: string): void {
    // What is pulled for a volume is of the whole pod.
    const where = container.name === "" ? {} : { fieldPath: fieldPathOf(pod, container.name) };
    this.#options.recorder.event(pod, type, reason, message, where);
  }
}

/** The reference as the pod names it, `:latest` added where it has neither tag nor digest. */
function withDefaultTag(requested: string, name: ImageName): string {
  return name.digest === undefined && name.tag !== undefined && !requested.endsWith(`:${name.tag}`)
    ? `${requested}:${name.tag}`
    : requested;
}

/** Why a reference isn't one, in upstream's words. */
function parseFailure(requested: string): string {
  const plain = "invalid reference format";
  const slash = requested.indexOf("/");
  const first = slash < 0 ? "" : requested.slice(0, slash);
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost" || first !== first.toLowerCase();
  const rest = hasRegistry ? requested.slice(slash + 1) : requested.includes("/") ? requested : `library/${requested}`;
  const repository = rest.split(":")[0] as string;
  return repository === repository.toLowerCase() ? plain : `${plain}: repository name (${repository}) must be lowercase`;
}

/** As Go prints a duration of whole milliseconds: `812ms`, `1.2s`, `1m2.345s`. */
function goMilliseconds(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole === 0) return "0s";
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
