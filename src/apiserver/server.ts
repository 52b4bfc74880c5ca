import type { Secret } from "../api/core/v1.ts";
import type { ResourceDefinition } from "../api/define-resource.ts";
import { type Clock, Timestamps } from "../machinery/clock.ts";
import { pathNotFound, StatusError } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import { CreatedFields } from "../machinery/managed-fields/created-fields.ts";
import { KnownEntries } from "../machinery/managed-fields/known-entries.ts";
import type { Platform } from "../machinery/platform.ts";
import { type Random, uuid } from "../machinery/random.ts";
import { groupResource } from "../machinery/resource-ref.ts";
import type { Reader, Store } from "../storage/store.ts";
import { enabledPlugins } from "./admission/plugin-names.ts";
import { admissionPlugins, type PluginDeps } from "./admission/plugins.ts";
import { mutatingPolicies } from "./admission/policies/mutating-plugin.ts";
import type { PolicyPlugin } from "./admission/policies/policy-source.ts";
import { validatingPolicies } from "./admission/policies/validating-plugin.ts";
import { createWebhookPlugins, type WebhookPlugins } from "./admission/webhooks/plugins.ts";
import { AdmissionChain } from "./admit.ts";
import type { AggregatedServers } from "./aggregation/aggregated-api.ts";
import { AggregatedApis } from "./aggregation/aggregated-apis.ts";
import { Aggregator } from "./aggregation/aggregator.ts";
import { RemoteDiscovery } from "./aggregation/remote-discovery.ts";
import { AddressObjects } from "./allocators/address-objects.ts";
import { Allocators } from "./allocators/allocators.ts";
import type { AuditedRequest } from "./audit/audited-request.ts";
import { Auditor } from "./audit/auditor.ts";
import { createAuthentication } from "./authentication/create-authenticators.ts";
import { Impersonation } from "./authentication/impersonate.ts";
import { type AuthorizationAttributes, type AuthorizationModule, type Decision, mastersGroup } from "./authorization/authorizer.ts";
import { createAuthorizer } from "./authorization/create-authorizer.ts";
import { NodeAuthorizer } from "./authorization/node-authorizer.ts";
import { RbacAuthorizer } from "./authorization/rbac-authorizer.ts";
import { rbacEscalation } from "./authorization/rbac-escalation.ts";
import { RequestSelectors } from "./authorization/request-selectors.ts";
import { ResourceCatalog } from "./catalog.ts";
import { ColumnDescriptions } from "./column-descriptions.ts";
import { Compressor } from "./compress.ts";
import type { Call, LegacyVersion, ServerContext } from "./context.ts";
import { CountedStore } from "./counted-store.ts";
import { CustomResources } from "./custom/custom-resources.ts";
import { callOf, firstWarnings, type Handler, isOutside, resolve, type Target } from "./dispatch.ts";
import type { Flow } from "./flow-control/flow.ts";
import { FlowControl } from "./flow-control/flow-control.ts";
import { plain } from "./health.ts";
import { lengthOf, tellUpgraded, told, untilItEnds, whenEnded } from "./lasting-answers.ts";
import { InflightLimiter, Overloaded } from "./limit.ts";
import type { RequestSeries } from "./metrics/request-metrics.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { isServedGroup, serveNonResource } from "./non-resource.ts";
import { ObjectReader, readerOf } from "./object-reader.ts";
import { OpenapiDocuments } from "./openapi-documents.ts";
import { defaultOptions, type NodeProxy, type ServerOptions } from "./options.ts";
import { OwnRequests } from "./own-requests.ts";
import { isOfRouter, isOwnFailure, refusalOf } from "./refusals.ts";
import type { ApiRequest, ApiResponse, Identity, UpgradeRequest } from "./request.ts";
import { RequestCounts } from "./request-counts.ts";
import { type Deadline, discard, lateAnswer, RequestDeadlines } from "./request-deadlines.ts";
import { timeoutOf } from "./request-timeout.ts";
import { answerError } from "./respond.ts";
import { type RequestInfo, route } from "./route.ts";
import { FilterCache } from "./selection.ts";
import { createServiceResolver } from "./service-resolver.ts";
import { connectSubresources, connectUpgrade } from "./subresources/connect.ts";
import type { TypeCatalog } from "./types.ts";
import { FrameCache } from "./watch-frames.ts";
import { WebhookClient } from "./webhook-client.ts";

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
  aggregatedServers?: AggregatedServers;
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
  readonly #flows: FlowControl | undefined;
  readonly #deadlines: RequestDeadlines;
  readonly #compressor: Compressor;
  readonly #counts: RequestCounts;
  readonly #closing = new AbortController();
  readonly #node: NodeAuthorizer;
  readonly #impersonation: Impersonation;
  readonly #authentication: ReturnType<typeof createAuthentication>;
  readonly #custom: CustomResources;
  readonly #policies: readonly PolicyPlugin[];
  readonly #aggregated: AggregatedApis;
  readonly #remoteDiscovery: RemoteDiscovery;
  readonly #webhooks: WebhookPlugins;

  constructor(deps: ApiServerDeps) {
    const options: ServerOptions = { ...defaultOptions, ...deps.options };
    const { platform, clock, random, logger } = deps;
    const waiting = () => this.#flows?.waiting ?? { reads: 0, writes: 0 };
    const metrics = new ServerMetrics({ inflight: () => this.#limiter.inflight, waiting }, deps.definitions, clock);
    const store = new CountedStore(deps.store, metrics.store, clock);
    this.reader = readerOf(store);
    this.catalog = new ResourceCatalog();
    for (const definition of deps.definitions) this.catalog.add(definition);
    for (const resource of options.virtual) this.catalog.addVirtual(resource);
    const storageNames = new Map(deps.definitions.map((definition) => [groupResource(definition), definition.storageName]));
    const objects = new ObjectReader(store, storageNames);
    const audiences = options.audiences.length > 0 ? options.audiences : [options.issuer];
    const rbac = new RbacAuthorizer(objects);
    this.#node = new NodeAuthorizer(objects);
    this.#compressor = new Compressor(platform);
    const { maxRequestsInflight: maxReads, maxMutatingRequestsInflight: maxWrites } = options;
    this.#limiter = options.priorityAndFairness ? new InflightLimiter(0, 0) : new InflightLimiter(maxReads, maxWrites);
    this.#deadlines = new RequestDeadlines(clock, options.requestTimeoutSeconds * 1000);
    if (options.priorityAndFairness) {
      const waitMilliseconds = (options.requestTimeoutSeconds * 1000) / 4;
      this.#flows = new FlowControl({ store, objects, catalog: this.catalog, clock, seats: maxReads + maxWrites, waitMilliseconds });
    }
    this.#counts = new RequestCounts(metrics.requests, this.catalog, this.#flows);
    const services = createServiceResolver(objects, () => options.serverAddress);
    const client = new WebhookClient({ platform, clock, resolve: services });
    const authorizer = createAuthorizer(
      {
        types: deps.types,
        clock,
        logger,
        client,
        platform,
        node: this.#node,
        rbac,
        metrics: metrics.authorization,
        first: deps.authorization ?? [],
      },
      options.authorization,
    );
    const own = new OwnRequests((request) => this.handle(request));
    const label = (secret: Secret, labels: Record<string, string>) => own.labelSecret(secret, labels);
    const recognising = { platform, objects, clock, logger, types: deps.types, client, label, metrics: metrics.authentication };
    this.#authentication = createAuthentication(recognising, options, audiences);
    this.#impersonation = new Impersonation(authorizer, metrics.impersonation, clock);
    const { catalog } = this;
    this.#aggregated = new AggregatedApis(objects, metrics.aggregation);
    const aggregator = new Aggregator({ apis: this.#aggregated, resolve: services, servers: deps.aggregatedServers, clock, logger });
    this.#remoteDiscovery = new RemoteDiscovery({ apis: this.#aggregated, aggregator, clock, logger });
    const asking = { catalog, objects, authorizer, clock, metrics: metrics.admission, timer: metrics.expressions.timer };
    this.#webhooks = createWebhookPlugins({ ...asking, types: deps.types, random, logger, client });
    const mutatingPolicy = mutatingPolicies({ ...asking, types: deps.types });
    const validatingPolicy = validatingPolicies(asking);
    this.#policies = [mutatingPolicy, validatingPolicy];
    const { mutating, validating } = this.#webhooks;
    const enabled = enabledPlugins(options.enabledAdmissionPlugins, options.disabledAdmissionPlugins);
    const pluginDeps: PluginDeps = {
      objects,
      store,
      clock,
      random,
      logger,
      client,
      catalog,
      types: deps.types,
      authorizer,
      podSecurityMetrics: metrics.podSecurity,
      createNamespace: (namespace) => own.createNamespace(namespace),
      configuration: options.admissionConfiguration,
    };
    const plugins = admissionPlugins(pluginDeps, enabled, [mutatingPolicy, mutating, validatingPolicy, validating]);
    this.#custom = new CustomResources(objects, catalog, deps.types, logger, {
      client,
      random,
      clock,
      metrics: metrics.conversions,
      timer: metrics.expressions.timer,
    });
    this.context = {
      store,
      objects,
      platform,
      clock,
      random,
      logger,
      catalog,
      types: deps.types,
      authenticators: this.#authentication.authenticators,
      authorizer,
      admission: new AdmissionChain([...plugins, rbacEscalation(rbac, authorizer)], metrics.admission, clock),
      allocators: new Allocators({
        objects,
        random,
        clock,
        metrics: metrics.allocations,
        clusterIPRanges: options.serviceClusterIPRange,
        nodePortRange: options.serviceNodePortRange,
        addresses: new AddressObjects({ store, objects, clock, random, logger }),
      }),
      frames: new FrameCache(),
      filters: new FilterCache(),
      timestamps: new Timestamps(clock),
      createdFields: new CreatedFields(),
      knownEntries: new KnownEntries(),
      storedIncomplete: new WeakSet(),
      openapi: new OpenapiDocuments(
        deps,
        deps.types.schema,
        catalog,
        (text) => platform.sha256(text),
        (served) => options.legacy?.definitions(served) ?? [],
        options.descriptions,
      ),
      columnDescriptions: new ColumnDescriptions(options.descriptions, () => columnTexts(deps.definitions)),
      metrics,
      flowControl: this.#flows,
      auditor: options.audit && new Auditor(options.audit, { clock, types: deps.types, logger }),
      rbac,
      audiences,
      nodeProxy: deps.nodeProxy,
      aggregator,
      aggregatedApis: this.#aggregated,
      remoteDiscovery: this.#remoteDiscovery,
      options,
      closing: this.#closing.signal,
    };
    this.context.allocators.repair().catch((error: unknown) => logger.error("the addresses of services could not be repaired", { error }));
  }

  handle(request: ApiRequest): Promise<ApiResponse> {
    const id = this.#auditId(request);
    if (request.wantObjects) return this.#handle(request, id, undefined);
    return new Promise((resolve, reject) => {
      let isLate = false;
      const deadline = this.#deadlines.begin(() => {
        isLate = true;
        this.#counts.late(request);
        resolve(named(lateAnswer(), id));
      });
      this.#handle(request, id, deadline).then((response) => {
        deadline.end();
        if (isLate) {
          this.context.metrics.requests.endedLate++;
          discard(response);
        } else resolve(named(response, id));
      }, reject);
    });
  }

  /** A client that names its request itself finds it under that name. */
  #auditId(request: ApiRequest): string {
    if (request.wantObjects && !this.context.auditor) return "";
    return request.headers["audit-id"] || uuid(this.context.random);
  }

  async #handle(request: ApiRequest, auditId: string, deadline: Deadline | undefined): Promise<ApiResponse> {
    const { auditor, clock, metrics } = this.context;
    const begin = clock.now();
    let leave: (() => void) | undefined;
    let leaveFlow: (() => void) | undefined;
    let flow: Flow | undefined;
    let info: RequestInfo | undefined;
    let audited: AuditedRequest | undefined;
    let series: RequestSeries | undefined;
    let asked = request;
    let isKnown = false;
    let lasts = false;
    let response: ApiResponse;
    try {
      const legacy = this.context.options.legacy?.rewrite(request);
      const effective = legacy?.request ?? request;
      asked = effective;
      info = route(effective);
      lasts = isLongRunning(info);
      const attributes = attributesOf(effective, info);
      if (lasts) deadline?.end();
      else {
        const given = timeoutOf(effective.query);
        // It has passed before anything is done.
        if (given !== undefined && given > 0 && given < 1) {
          this.#counts.late(request);
          return lateAnswer();
        }
        if (given !== undefined) deadline?.shorten(given);
      }
      let user: Identity;
      if (auditor) {
        const caller = await this.context.authenticators.authenticate(effective);
        isKnown = true;
        audited = this.#beginAudit(auditor, auditId, request, effective, info, attributes, caller);
        user = await this.#impersonation.effective(effective, attributes, caller);
      } else user = await this.#identify(effective, attributes);
      // The cluster's own components bound themselves.
      if (!request.wantObjects) {
        if (this.#flows && (!lasts || info.verb === "watch")) {
          flow = this.#flows.classify(user, info);
          const entered = this.#flows.enter(flow, user, effective, info);
          if (entered instanceof Promise) {
            const arrived = clock.now();
            leaveFlow = await entered;
            effective.elsewhereMilliseconds = clock.now() - arrived;
          } else leaveFlow = entered;
          metrics.filters.flowControl.observe((effective.elsewhereMilliseconds ?? 0) / 1000);
        }
        if (!lasts && (this.#flows || !user.groups.includes(mastersGroup))) leave = this.#limiter.enter(!readVerbs.has(info.verb));
      }
      const pending = this.#mayAsk(info, user, attributes, audited);
      if (pending) await pending;
      const aggregated = this.context.aggregator.find(info.path);
      if (aggregated) response = await this.context.aggregator.answer(aggregated, effective, user, lasts);
      else {
        const target = this.#find(effective, info);
        series = target
          ? this.#counts.of(target.resource, info, effective, legacy?.version)
          : metrics.requests.ofPath(info.path, request.method);
        response = await this.#answer(effective, info, user, target, legacy?.version);
        if (!target && isDiscovery(response)) series = metrics.requests.ofDiscovery(info.path, request.method);
        if (lasts && target) {
          const { status } = response;
          const ended = this.#counts.opened(info, effective, target.resource);
          const lasting = series;
          series = undefined;
          response = untilItEnds(response, (bytes) => {
            ended();
            lasting?.finished(effective, status, (clock.now() - begin) / 1000, bytes);
          });
        }
      }
      response = await this.#compressor.compress(effective, response);
    } catch (error) {
      response = refusalOf(this.context, request, error);
      if (info && error instanceof Overloaded) this.#counts.refused(info, request);
      if (error instanceof StatusError && isOfRouter(error)) series = undefined;
      if (audited && isOwnFailure(error)) audited.panicked(error);
    } finally {
      leave?.();
      leaveFlow?.();
    }
    if (flow && flow.uid !== "") {
      response.headers["x-kubernetes-pf-flowschema-uid"] = flow.uid;
      response.headers["x-kubernetes-pf-prioritylevel-uid"] = flow.level.uid;
    }
    series?.finished(asked, response.status, (clock.now() - begin) / 1000, lengthOf(response));
    if (auditor && info && !isKnown) this.#tellUnknown(auditor, auditId, request, info, response);
    if (audited) return told(audited, response, lasts);
    return response;
  }

  async upgrade(request: UpgradeRequest): Promise<ApiResponse | undefined> {
    const { auditor, clock } = this.context;
    const began = clock.now();
    const id = this.#auditId(request);
    let count: ((status: number) => void) | undefined;
    let info: RequestInfo | undefined;
    let audited: AuditedRequest | undefined;
    let isKnown = false;
    try {
      info = route(request);
      const attributes = attributesOf(request, info);
      const caller = await this.context.authenticators.authenticate(request);
      isKnown = true;
      audited = auditor && this.#beginAudit(auditor, id, request, request, info, attributes, caller);
      const user = await this.#impersonation.effective(request, attributes, caller);
      await this.#mayAsk(info, user, attributes, audited);
      const aggregated = this.context.aggregator.find(info.path);
      if (aggregated) {
        const refusal = await this.context.aggregator.upgrade(aggregated, request, user);
        if (refusal) return audited ? told(audited, refusal, true) : refusal;
        if (audited) tellUpgraded(audited, request.signal);
        return undefined;
      }
      const { resource } = resolve(this.context, request, info);
      if (!connectSubresources.has(`${resource.qualifiedName}/${info.subresource}`)) throw pathNotFound();
      const series = this.context.metrics.requests.ofResource(resource, info, request);
      const ended = this.#counts.opened(info, request, resource);
      count = (status) => {
        ended();
        series.finished(request, status, (clock.now() - began) / 1000, undefined);
      };
      await connectUpgrade(this.context, callOf(request, info, user, resource, undefined), request);
      whenEnded(request.signal, () => count?.(101));
      if (audited) tellUpgraded(audited, request.signal);
      return undefined;
    } catch (error) {
      const refusal = refusalOf(this.context, request, error);
      count?.(refusal.status);
      refusal.headers["audit-id"] = id;
      if (auditor && info && !isKnown) this.#tellUnknown(auditor, id, request, info, refusal);
      return audited ? told(audited, refusal, true) : refusal;
    }
  }

  close(): void {
    this.#closing.abort();
    this.#custom.close();
    this.#aggregated.close();
    this.#remoteDiscovery.close();
    this.context.rbac.close();
    this.#node.close();
    this.#authentication.close();
    for (const plugin of this.#policies) plugin.close();
    this.#webhooks.close();
    this.context.allocators.close();
    this.#flows?.close();
    this.#deadlines.close();
  }

  #identify(request: ApiRequest, attributes: AuthorizationAttributes): Identity | Promise<Identity> {
    const caller = this.context.authenticators.authenticate(request);
    if (caller instanceof Promise) return caller.then((identity) => this.#impersonation.effective(request, attributes, identity));
    return this.#impersonation.effective(request, attributes, caller);
  }

  #mayAsk(
    info: RequestInfo,
    user: Identity,
    attributes: AuthorizationAttributes,
    audited: AuditedRequest | undefined,
  ): void | Promise<void> {
    const isOpen = !info.isResourceRequest && openPaths.has(info.path) && info.verb === "get";
    if (!audited && isOpen) return undefined;
    const { authorizer, clock, metrics } = this.context;
    // What waits for nobody takes no time that a clock tells.
    let began: number | undefined;
    const tell = (decision: Decision) => {
      const { effect, reason, error } = decision;
      const allowed = isOpen || effect === "allow";
      audited?.decided(allowed, !allowed && error !== undefined ? "internal error" : reason);
      metrics.authorization.decided(decision, began === undefined ? 0 : (clock.now() - began) / 1000);
    };
    const ask = () => {
      const decision = authorizer.decide(user, attributes);
      return decision instanceof Promise ? decision.then(tell) : tell(decision);
    };
    const pending = isOpen ? ask() : authorizer.check(user, attributes, tell);
    if (pending) began = clock.now();
    return pending;
  }

  #beginAudit(
    auditor: Auditor,
    id: string,
    request: ApiRequest,
    effective: ApiRequest,
    info: RequestInfo,
    attributes: AuthorizationAttributes,
    caller: Identity,
  ): AuditedRequest | undefined {
    // An old version is told as it was asked for.
    const told = effective === request ? info : route(request);
    const audited = auditor.begin(request, told, attributes, id, caller);
    if (!audited) return undefined;
    effective.audited = audited;
    effective.annotations = audited.annotations;
    audited.received();
    return audited;
  }

  /** Of a request that is refused before it is known who asks there is one event. */
  #tellUnknown(auditor: Auditor, id: string, request: ApiRequest, info: RequestInfo, response: ApiResponse): void {
    auditor.begin(request, info, attributesOf(request, info), id, undefined)?.responseStarted(response);
  }

  /** What a request for a resource leads to. Throws where there is no such resource; undefined: the request is for something else. */
  #find(request: ApiRequest, info: RequestInfo): Target | undefined {
    if (!info.isResourceRequest || request.path.startsWith("//")) return undefined;
    if (info.prefix === "apis" && (!isServedGroup(this.context, info.group) || isOutside(this.context, info))) return undefined;
    return resolve(this.context, request, info);
  }

  #answer(
    request: ApiRequest,
    info: RequestInfo,
    user: Identity,
    target: Target | undefined,
    legacy: LegacyVersion | undefined,
  ): ApiResponse | Promise<ApiResponse> {
    if (target) {
      let call: Call;
      try {
        call = callOf(request, info, user, target.resource, legacy);
      } catch (error) {
        if (!(error instanceof StatusError) || isOfRouter(error)) throw error;
        return answerError(this.context, request, error, firstWarnings(target.resource, legacy));
      }
      return this.#call(request, target.handler, call);
    }
    const answer = info.isResourceRequest ? undefined : serveNonResource(this.context, request, info);
    return answer ?? plain(404, "404 page not found\n");
  }

  /** A refusal carries the warnings that were found before it. */
  async #call(request: ApiRequest, handler: Handler, call: Call): Promise<ApiResponse> {
    try {
      return await handler(this.context, call);
    } catch (error) {
      if (!(error instanceof StatusError) || call.warnings.length === 0 || isOfRouter(error)) throw error;
      return answerError(this.context, request, error, call.warnings);
    }
  }
}

function named(response: ApiResponse, id: string): ApiResponse {
  response.headers["audit-id"] = id;
  return response;
}

function* columnTexts(definitions: readonly ResourceDefinition[]): Generator<string> {
  for (const { columns = [] } of definitions) for (const [, , , , text] of columns) if (text !== undefined) yield text;
}

const selectingVerbs = new Set(["list", "watch", "deletecollection"]);

function attributesOf({ query }: ApiRequest, info: RequestInfo): AuthorizationAttributes {
  if (!selectingVerbs.has(info.verb)) return info;
  const fields = query.get("fieldSelector") ?? "";
  const labels = query.get("labelSelector") ?? "";
  return fields === "" && labels === "" ? info : { ...info, selectors: new RequestSelectors(fields, labels) };
}

const longRunningSubresources = new Set(["exec", "attach", "portforward", "proxy", "log"]);

function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === "watch" || longRunningSubresources.has(subresource);
}

/** All groups, or all versions of the core's, with what is in them. */
function isDiscovery({ headers }: ApiResponse): boolean {
  const type = headers["content-type"];
  return typeof type === "string" && type.includes(";g=apidiscovery.k8s.io");
}
