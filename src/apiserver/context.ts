import type { ResourceDefinition } from "../api/define-resource.ts";
import type { Clock, Timestamps } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { CreatedFields } from "../machinery/managed-fields/created-fields.ts";
import type { KnownEntries } from "../machinery/managed-fields/known-entries.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Platform } from "../machinery/platform.ts";
import type { Random } from "../machinery/random.ts";
import type { Entry, Store } from "../storage/store.ts";
import type { AdmissionChain } from "./admit.ts";
import type { AggregatedApis } from "./aggregation/aggregated-apis.ts";
import type { Aggregator } from "./aggregation/aggregator.ts";
import type { RemoteDiscovery } from "./aggregation/remote-discovery.ts";
import type { Allocators } from "./allocators/allocators.ts";
import type { Auditor } from "./audit/auditor.ts";
import type { Authenticators } from "./authentication/authenticators.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { RbacAuthorizer } from "./authorization/rbac-authorizer.ts";
import type { ResourceCatalog, ServedResource } from "./catalog.ts";
import type { ColumnDescriptions } from "./column-descriptions.ts";
import type { FlowControl } from "./flow-control/flow-control.ts";
import type { ServerMetrics } from "./metrics/server-metrics.ts";
import type { Negotiated } from "./negotiate.ts";
import type { ObjectReader } from "./object-reader.ts";
import type { OpenapiDocuments } from "./openapi-documents.ts";
import type { NodeProxy, ServerOptions } from "./options.ts";
import type { ApiRequest, Identity } from "./request.ts";
import type { RequestInfo } from "./route.ts";
import type { FilterCache } from "./selection.ts";
import type { TypeCatalog } from "./types.ts";
import type { FrameCache } from "./watch-frames.ts";

/** What every step of a request may use; made once by `createApiServer`. */
export interface ServerContext {
  readonly store: Store;
  readonly objects: ObjectReader;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly timestamps: Timestamps;
  readonly random: Random;
  readonly logger: Logger;
  readonly catalog: ResourceCatalog;
  readonly types: TypeCatalog;
  readonly authenticators: Authenticators;
  readonly authorizer: Authorizer;
  readonly admission: AdmissionChain;
  readonly allocators: Allocators;
  readonly frames: FrameCache;
  readonly filters: FilterCache;
  readonly createdFields: CreatedFields;
  readonly knownEntries: KnownEntries;
  /** New objects with `defaultsStored` that upstream stores without some default: their first update is a change whatever it says. */
  readonly storedIncomplete: WeakSet<Entry>;
  readonly openapi: OpenapiDocuments;
  readonly columnDescriptions: ColumnDescriptions;
  readonly metrics: ServerMetrics;
  /** Absent where only the number of requests is bounded. */
  readonly flowControl: FlowControl | undefined;
  /** Absent where nothing is audited. */
  readonly auditor: Auditor | undefined;
  readonly rbac: RbacAuthorizer;
  /** The audiences of the API itself. */
  readonly audiences: readonly string[];
  /** The way to node agents; absent in a cluster without any. */
  readonly nodeProxy: NodeProxy | undefined;
  /** The way to the APIs that other servers serve. */
  readonly aggregator: Aggregator;
  readonly aggregatedApis: AggregatedApis;
  readonly remoteDiscovery: RemoteDiscovery;
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

/** Serves old API versions (v1beta1, extensions/v1beta1) by converting paths and bodies, from what `api/legacy` knows of them. */
export interface LegacyConverter {
  /** A request for a path of an old version as one for today's; undefined for every other path. */
  rewrite(request: ApiRequest): { request: ApiRequest; version: LegacyVersion } | undefined;
  /** What discovery shows of the old versions, given what is served today. */
  definitions(catalog: ResourceCatalog): readonly ResourceDefinition[];
}

/** One kind of an old version, as the request's path names it. */
export interface LegacyVersion {
  readonly group: string;
  readonly version: string;
  /** Said with every answer: what to use instead. */
  readonly notice: string;
  /** A body of the old version (or one of today's) in the served version. `problems` takes the complaints of strict decoding. */
  toServed(body: AnyObject, resource: ServedResource, warnings: string[], problems: string[]): AnyObject;
  /** An object or a list in the old version. Does not change its argument. */
  fromServed(object: AnyObject): AnyObject;
}
