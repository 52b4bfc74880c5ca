import type { ResourceDefinition } from "../api/define-resource.ts";
import type { Clock } from "../machinery/clock.ts";
import { internalError, pathNotFound, StatusError } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import type { Platform } from "../machinery/platform.ts";
import type { Random } from "../machinery/random.ts";
import { groupResource } from "../machinery/resource-ref.ts";
import type { Reader, Store } from "../storage/store.ts";
import { builtInPlugins } from "./admission/plugins.ts";
import { rbacEscalation } from "./admission/rbac-escalation.ts";
import { AdmissionChain, type AdmissionPlugin } from "./admit.ts";
import { Allocators } from "./allocators/allocators.ts";
import { Authenticators, mastersGroup } from "./authenticate.ts";
import { type AuthorizationAttributes, type AuthorizationModule, Authorizer } from "./authorize.ts";
import { ResourceCatalog } from "./catalog.ts";
import { compress } from "./compress.ts";
import type { LegacyVersion, ServerContext } from "./context.ts";
import { callOf, resolve } from "./dispatch.ts";
import { plain } from "./health.ts";
import { impersonate } from "./impersonate.ts";
import { InflightLimiter } from "./limit.ts";
import { NodeAuthorizer } from "./node-authorizer.ts";
import { serveNonResource } from "./non-resource.ts";
import { ObjectReader, readerOf } from "./object-reader.ts";
import { OpenapiDocuments } from "./openapi-documents.ts";
import { defaultOptions, type NodeProxy, type ServerOptions } from "./options.ts";
import { RbacAuthorizer } from "./rbac.ts";
import type { ApiRequest, ApiResponse, Identity, UpgradeRequest } from "./request.ts";
import { answerError } from "./respond.ts";
import { type RequestInfo, route } from "./route.ts";
import { FilterCache } from "./selection.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";
import { connectSubresources, connectUpgrade } from "./subresources/connect.ts";
import type { TypeCatalog } from "./types.ts";
import { FrameCache } from "./watch-frames.ts";

export interface ApiServerDeps {
  store: Store;
  platform: Platform;
  clock: Clock;
  random: Random;
  logger: Logger;
  definitions: readonly ResourceDefinition[];
  types: TypeCatalog;
  options?: Partial<ServerOptions>;
  nodeProxy?: NodeProxy;
  /** Plug-ins that run after the built-in ones: quota, webhooks. */
  admission?: (objects: ObjectReader) => AdmissionPlugin[];
  /** Authorizers that are asked before Node and RBAC. */
  authorization?: AuthorizationModule[];
}

export interface ApiServer {
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** A request to upgrade the connection. Resolves with an answer when it is refused, with undefined when it was handed over. */
  upgrade(request: UpgradeRequest): Promise<ApiResponse | undefined>;
  /** Reads without a request, for parts of the server that need live objects. */
  readonly reader: Reader;
  /** Custom resources come and go here. */
  readonly catalog: ResourceCatalog;
  readonly context: ServerContext;
  /** Ends watches and stops answering; the store stays open. */
  close(): void;
}

/** The API server: a function from requests to answers, over a store. Whoever made it closes it. */
export function createApiServer(deps: ApiServerDeps): ApiServer {
  return new Server(deps);
}

/** Paths that need no permission, as with upstream's `--authorization-always-allow-paths`. */
const openPaths = new Set(["/healthz", "/livez", "/readyz"]);

const readVerbs = new Set(["get", "list", "watch"]);

class Server implements ApiServer {
  readonly reader: Reader;
  readonly catalog: ResourceCatalog;
  readonly context: ServerContext;
  readonly #limiter: InflightLimiter;
  readonly #closing = new AbortController();
  readonly #node: NodeAuthorizer;

  constructor(deps: ApiServerDeps) {
    const options: ServerOptions = { ...defaultOptions, ...deps.options };
    const { store, platform, clock, random, logger } = deps;
    this.reader = readerOf(store);
    this.catalog = new ResourceCatalog();
    for (const definition of deps.definitions) this.catalog.add(definition);
    for (const resource of options.virtual) this.catalog.addVirtual(resource);
    const storageNames = new Map(deps.definitions.map((definition) => [groupResource(definition), definition.storageName]));
    const objects = new ObjectReader(store, storageNames);
    const audiences = options.audiences.length > 0 ? options.audiences : [options.issuer];
    const tokens = new ServiceAccountTokens({ platform, objects, clock, issuer: options.issuer, audiences });
    const rbac = new RbacAuthorizer(objects);
    this.#node = new NodeAuthorizer(objects);
    this.#limiter = new InflightLimiter(options.maxRequestsInflight, options.maxMutatingRequestsInflight);
    const authorizer = new Authorizer([...(deps.authorization ?? []), this.#node, rbac]);
    const plugins = [
      rbacEscalation(rbac, authorizer),
      ...builtInPlugins(objects, authorizer, random, options.disabledAdmissionPlugins),
      ...(deps.admission?.(objects) ?? []),
    ];
    const { catalog } = this;
    this.context = {
      store,
      objects,
      platform,
      clock,
      random,
      logger,
      catalog,
      types: deps.types,
      authenticators: new Authenticators(options.tokenAuthenticator ? [tokens, options.tokenAuthenticator] : [tokens], options.anonymous),
      authorizer,
      admission: new AdmissionChain(plugins),
      allocators: new Allocators({
        objects,
        random,
        clusterIPRanges: options.serviceClusterIPRange,
        nodePortRange: options.serviceNodePortRange,
      }),
      frames: new FrameCache(),
      filters: new FilterCache(),
      openapi: new OpenapiDocuments(
        deps.types.schema,
        catalog,
        (text) => platform.sha256(text),
        (served) => options.legacy?.definitions(served) ?? [],
      ),
      rbac,
      serviceAccountTokens: tokens,
      audiences,
      nodeProxy: deps.nodeProxy,
      options,
      closing: this.#closing.signal,
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    let leave: (() => void) | undefined;
    try {
      const legacy = this.context.options.legacy?.rewrite(request);
      const effective = legacy?.request ?? request;
      const info = route(effective);
      const user = await this.#identify(effective);
      if (!isExempt(user, request) && !isLongRunning(info, effective)) leave = this.#limiter.enter(!readVerbs.has(info.verb));
      const response = await this.#answer(effective, info, user, legacy?.version);
      return await compress(this.context.platform, effective, response);
    } catch (error) {
      return this.#refuse(request, error);
    } finally {
      leave?.();
    }
  }

  async upgrade(request: UpgradeRequest): Promise<ApiResponse | undefined> {
    try {
      const info = route(request);
      const user = await this.#identify(request);
      this.context.authorizer.check(user, attributesOf(request, info));
      const { resource } = resolve(this.context, request, info);
      if (!connectSubresources.has(`${resource.qualifiedName}/${info.subresource}`)) throw pathNotFound();
      await connectUpgrade(this.context, callOf(request, info, user, resource, undefined), request);
      return undefined;
    } catch (error) {
      return this.#refuse(request, error);
    }
  }

  close(): void {
    this.#closing.abort();
    this.context.rbac.close();
    this.#node.close();
    this.context.allocators.close();
  }

  #identify(request: ApiRequest): Identity | Promise<Identity> {
    const caller = this.context.authenticators.authenticate(request);
    if (caller instanceof Promise) return caller.then((identity) => impersonate(this.context.authorizer, request, identity));
    return impersonate(this.context.authorizer, request, caller);
  }

  #answer(request: ApiRequest, info: RequestInfo, user: Identity, legacy: LegacyVersion | undefined): ApiResponse | Promise<ApiResponse> {
    if (!info.isResourceRequest) {
      if (!openPaths.has(info.path)) this.context.authorizer.check(user, attributesOf(request, info));
      return serveNonResource(this.context, request, info) ?? plain(404, "404 page not found\n");
    }
    this.context.authorizer.check(user, attributesOf(request, info));
    const { resource, handler } = resolve(this.context, request, info);
    const call = callOf(request, info, user, resource, legacy);
    return handler(this.context, call);
  }

  #refuse(request: ApiRequest, error: unknown): ApiResponse {
    if (error instanceof StatusError) return answerError(this.context, request, error);
    this.context.logger.error("a request failed", {
      method: request.method,
      path: request.path,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return answerError(this.context, request, internalError(error instanceof Error ? error.message : String(error)));
  }
}

function attributesOf({ query }: ApiRequest, info: RequestInfo): AuthorizationAttributes {
  const fieldSelector =
    info.verb === "list" || info.verb === "watch" || info.verb === "deletecollection" ? query.get("fieldSelector") : null;
  if (!fieldSelector) return info;
  return { ...info, fieldSelector };
}

/** The cluster's own components bound themselves, and its masters are never shut out. */
function isExempt(user: Identity, request: ApiRequest): boolean {
  return request.identity !== undefined || user.groups.includes(mastersGroup);
}

const longRunningSubresources = new Set(["exec", "attach", "portforward", "proxy", "log"]);

function isLongRunning(info: RequestInfo, { query }: ApiRequest): boolean {
  if (info.verb === "watch") return true;
  if (!longRunningSubresources.has(info.subresource)) return false;
  return info.subresource !== "log" || query.has("follow");
}
