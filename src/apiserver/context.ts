import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Platform } from "../machinery/platform.ts";
import type { Random } from "../machinery/random.ts";
import type { Store } from "../storage/store.ts";
import type { AdmissionChain } from "./admit.ts";
import type { Allocators } from "./allocators/allocators.ts";
import type { Authenticators } from "./authenticate.ts";
import type { Authorizer } from "./authorize.ts";
import type { ResourceCatalog, ServedResource } from "./catalog.ts";
import type { Negotiated } from "./negotiate.ts";
import type { ObjectReader } from "./object-reader.ts";
import type { OpenapiDocuments } from "./openapi-documents.ts";
import type { NodeProxy, ServerOptions } from "./options.ts";
import type { RbacAuthorizer } from "./rbac.ts";
import type { ApiRequest, Identity } from "./request.ts";
import type { RequestInfo } from "./route.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import type { TypeCatalog } from "./types.ts";
import type { FrameCache } from "./watch-frames.ts";

/** What every step of a request may use; made once by `createApiServer`. */
export interface ServerContext {
  readonly store: Store;
  readonly objects: ObjectReader;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly catalog: ResourceCatalog;
  readonly types: TypeCatalog;
  readonly authenticators: Authenticators;
  readonly authorizer: Authorizer;
  readonly admission: AdmissionChain;
  readonly allocators: Allocators;
  readonly frames: FrameCache;
  readonly openapi: OpenapiDocuments;
  readonly rbac: RbacAuthorizer;
  readonly serviceAccountTokens: ServiceAccountTokens;
  /** The audiences of the API itself. */
  readonly audiences: readonly string[];
  /** The way to node agents; absent in a cluster without any. */
  readonly nodeProxy: NodeProxy | undefined;
  readonly options: ServerOptions;
  /** Aborted when the server closes: ends watches. */
  readonly closing: AbortSignal;
}

/** One authorised request for a resource that is served. */
export interface Call {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: Identity;
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly negotiated: Negotiated;
  readonly dryRun: boolean;
  /** Texts for Warning headers, in order; each is sent once. */
  readonly warnings: string[];
  /** Set when the path is of an API version that is served by conversion. */
  readonly legacy?: LegacyVersion;
}

/** Serves old API versions (v1beta1, extensions/v1beta1) by converting paths and bodies; written in `api/legacy`. */
export interface LegacyConverter {
  /** A request for a path of an old version as one for today's; undefined for every other path. */
  rewrite(request: ApiRequest): { request: ApiRequest; version: LegacyVersion } | undefined;
}

export interface LegacyVersion {
  readonly group: string;
  readonly version: string;
  /** A body of the legacy version (or one of today's) in the resource's served version. `warn` says what could not be kept. */
  toServed(body: AnyObject, resource: ServedResource, warn: (text: string) => void): AnyObject;
  /** An answer (object or list) in the legacy version. */
  fromServed(object: AnyObject): AnyObject;
}
