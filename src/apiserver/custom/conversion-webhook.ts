import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import type { StoredState } from "../../api/define-resource.ts";
import type { Clock } from "../../machinery/clock.ts";
import { StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { type Random, uuid } from "../../machinery/random.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import type { ConversionFailure, ConversionMetrics } from "../metrics/conversion-metrics.ts";
import type { WebhookClient, WebhookTarget } from "../webhook-client.ts";
import { conversionReview, convertedObject, type ReviewVersion, readConversion } from "./conversion-review.ts";

/** What custom resources that a webhook converts need of the server. */
export interface ConversionDeps {
  readonly client: WebhookClient;
  readonly random: Random;
  readonly clock: Clock;
  readonly metrics: ConversionMetrics;
}

/** How many objects one review holds at most, and how long it may take. */
const reviewSize = 200;
const timeoutSeconds = 30;
const userAgent = "kube-apiserver-admission";

/** The webhook that converts the objects of one definition. */
export class ConversionWebhook {
  readonly #deps: ConversionDeps;
  readonly #name: string;
  readonly #target: WebhookTarget;
  readonly #version: ReviewVersion | undefined;

  constructor(deps: ConversionDeps, { metadata, spec }: Readonly<CustomResourceDefinition>) {
    const { clientConfig, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
    this.#deps = deps;
    this.#name = metadata.name ?? "";
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
    const { random, client, clock, metrics } = this.#deps;
    const uid = uuid(random);
    const began = clock.now();
    const versions = { name: this.#name, from: versionOf(first?.value.apiVersion ?? ""), to: versionOf(apiVersion) };
    let wrong: ConversionFailure | undefined = "call_failure";
    try {
      const body = conversionReview(objects.map(sent), apiVersion, this.#version, uid);
      const failed = (error: unknown) => failure(`${told} failed: ${(error as Error).message}`);
      const response = await client.post({ target: this.#target, body, timeoutSeconds, userAgent }).catch((error: unknown) => {
        throw failed(error);
      });
      wrong = "malformed_response_failure";
      const answer = this.#read(response, uid, failed);
      wrong = "partial_response_failure";
      if (answer.length !== objects.length) throw failure(`${told} returned ${answer.length} objects, expected ${objects.length}`);
      wrong = "invalid_converted_object_failure";
      const converted = objects.map(({ value }, index) => convertedObject(value, answer[index], apiVersion, told));
      wrong = undefined;
      return converted;
    } catch (error) {
      throw error instanceof StatusError ? error : failure((error as Error).message);
    } finally {
      metrics.asked(versions, wrong, (clock.now() - began) / 1000);
    }
  }

  #read(response: Record<string, unknown>, uid: string, failed: (error: unknown) => StatusError): unknown[] {
    try {
      return readConversion(response, this.#version as ReviewVersion, uid);
    } catch (error) {
      throw failed(error);
    }
  }
}

function versionOf(apiVersion: string): string {
  return parseApiVersion(apiVersion).version;
}

function failure(message: string): StatusError {
  return new StatusError(500, "", message);
}

/** Objects are sent as they are stored: without a resource version, with their managedFields. */
function sent({ value, managedFields }: StoredState): object {
  const { resourceVersion: _own, ...metadata } = value.metadata;
  return { ...value, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields: JSON.parse(managedFields) } };
}
