import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import type { StoredState } from "../../api/define-resource.ts";
import { StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { type Random, uuid } from "../../machinery/random.ts";
import type { WebhookClient, WebhookTarget } from "../webhook-client.ts";
import { conversionReview, convertedObject, type ReviewVersion, readConversion } from "./conversion-review.ts";

/** What custom resources that a webhook converts need of the server. */
export interface ConversionDeps {
  readonly client: WebhookClient;
  readonly random: Random;
}

/** How many objects one review holds at most, and how long it may take. */
const reviewSize = 200;
const timeoutSeconds = 30;
const userAgent = "kube-apiserver-admission";

/** The webhook that converts the objects of one definition. */
export class ConversionWebhook {
  readonly #deps: ConversionDeps;
  readonly #target: WebhookTarget;
  readonly #version: ReviewVersion | undefined;

  constructor(deps: ConversionDeps, { spec }: Readonly<CustomResourceDefinition>) {
    const { clientConfig, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
    this.#deps = deps;
    this.#target = (clientConfig ?? {}) as WebhookTarget;
    this.#version = conversionReviewVersions.find((version) => version === "v1" || version === "v1beta1") as ReviewVersion | undefined;
  }

  /** The objects in another version, in their order. Rejects with the 500 that says what is wrong. */
  async convert(objects: readonly StoredState[], apiVersion: string): Promise<AnyObject[]> {
    const converted: AnyObject[] = [];
    for (let at = 0; at < objects.length; at += reviewSize) {
      converted.push(...(await this.#review(objects.slice(at, at + reviewSize), apiVersion)));
    }
    return converted;
  }

  async #review(objects: readonly StoredState[], apiVersion: string): Promise<AnyObject[]> {
    const [first] = objects;
    const told = `conversion webhook for ${first?.value.apiVersion}, Kind=${first?.value.kind}`;
    if (!this.#version) throw failure("no supported conversion review versions");
    const uid = uuid(this.#deps.random);
    let answer: unknown[];
    try {
      const body = conversionReview(objects.map(sent), apiVersion, this.#version, uid);
      const response = await this.#deps.client.post({ target: this.#target, body, timeoutSeconds, userAgent });
      answer = readConversion(response, this.#version, uid);
    } catch (error) {
      throw failure(`${told} failed: ${(error as Error).message}`);
    }
    if (answer.length !== objects.length) throw failure(`${told} returned ${answer.length} objects, expected ${objects.length}`);
    try {
      return objects.map(({ value }, index) => convertedObject(value, answer[index], apiVersion, told));
    } catch (error) {
      throw failure((error as Error).message);
    }
  }
}

function failure(message: string): StatusError {
  return new StatusError(500, "", message);
}

/** Objects are sent as they are stored: without a resource version, with their managedFields. */
function sent({ value, managedFields }: StoredState): object {
  const { resourceVersion: _own, ...metadata } = value.metadata;
  return { ...value, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields: JSON.parse(managedFields) } };
}
