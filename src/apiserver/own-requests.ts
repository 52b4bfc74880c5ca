import type { Secret } from "../api/core/v1.ts";
import { StatusError } from "../machinery/errors.ts";
import type { Status } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import { mastersGroup } from "./authorization/authorizer.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";

/** Writes of the server itself, made as requests so that admission and audit see them. */
export class OwnRequests {
  readonly #handle: (request: ApiRequest) => Promise<ApiResponse>;

  constructor(handle: (request: ApiRequest) => Promise<ApiResponse>) {
    this.#handle = handle;
  }

  async labelSecret({ metadata }: Secret, labels: Record<string, string>): Promise<void> {
    const { name = "", namespace = "", uid = "" } = metadata;
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const { status, told } = await this.#asItself("PATCH", path, { metadata: { uid, labels } } as AnyObject);
    if (status !== 200) throw new Error(told?.message ?? `status ${status}`);
  }

  /** That somebody else was faster is fine. */
  async createNamespace(namespace: AnyObject): Promise<void> {
    const { status, told } = await this.#asItself("POST", "/api/v1/namespaces", namespace);
    if (status === 201 || status === 409) return;
    throw new StatusError(status, told?.reason ?? "", told?.message ?? "the namespace could not be made", told?.details);
  }

  async #asItself(method: "PATCH" | "POST", path: string, object: AnyObject): Promise<{ status: number; told: Status | undefined }> {
    const { status, body } = await this.#handle({
      method,
      path,
      query: new URLSearchParams(),
      headers: { ...(method === "PATCH" ? { "content-type": "application/merge-patch+json" } : {}), "user-agent": "kube-apiserver" },
      body: object,
      identity: { name: "system:apiserver", groups: [mastersGroup] },
      wantObjects: true,
    });
    return { status, told: body.form === "object" ? (body.object as Status) : undefined };
  }
}
