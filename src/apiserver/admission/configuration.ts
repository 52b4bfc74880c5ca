import type { ScopedResourceSelectorRequirement, Toleration } from "../../api/core/v1.ts";
import { goDuration } from "../../machinery/duration.ts";
import type { WebhookTarget } from "../webhook-client.ts";
import type { EventLimit } from "./event-rate-limit.ts";
import type { ImagePolicy } from "./image-policy-webhook.ts";
import { labelsOf } from "./pod-node-selector.ts";
import type { PodSecurityConfiguration } from "./pod-security/plugin.ts";
import { parseLevel, parseVersion } from "./pod-security/policy.ts";
import type { TolerationConfiguration } from "./pod-toleration-restriction.ts";

/** A resource of which nothing may be used where no quota speaks of it. */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  readonly matchContains?: readonly string[];
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[];
}

/** How the plug-ins that can be configured are. */
export interface AdmissionConfiguration {
  readonly eventLimits?: readonly EventLimit[];
  readonly nodeSelectors?: Readonly<Record<string, string>>;
  readonly tolerations?: TolerationConfiguration;
  readonly podSecurity?: PodSecurityConfiguration;
  readonly limitedResources?: readonly LimitedResource[];
  readonly imagePolicy?: ImagePolicy;
}

/** The webhook that a kubeconfig names. */
export type LoadWebhook = (kubeconfig: string) => WebhookTarget;

/** Throws where a plug-in is enabled that can't do without a configuration. */
export function checkConfigured(enabled: ReadonlySet<string>, { eventLimits = [], imagePolicy }: AdmissionConfiguration): void {
  if (enabled.has("EventRateLimit") && eventLimits.length === 0) {
    throw new Error(`couldn't init admission plugin "EventRateLimit": limits: Invalid value: null: must not be empty`);
  }
  if (enabled.has("ImagePolicyWebhook") && !imagePolicy) {
    throw new Error(`couldn't init admission plugin "ImagePolicyWebhook": no config specified`);
  }
}

type Section = Readonly<Record<string, unknown>>;

/**
 * The configuration that the sections of an `AdmissionConfiguration` make, by the names of plug-ins. Throws what upstream says of a
 * section that it can't use.
 */
export function parseAdmissionConfiguration(sections: ReadonlyMap<string, unknown>, load: LoadWebhook): AdmissionConfiguration {
  const parts = [...sections].map(([name, section]): AdmissionConfiguration => {
    const parse = parsers[name];
    if (!parse) return {};
    try {
      return parse((section ?? {}) as Section, load);
    } catch (error) {
      throw new Error(`couldn't init admission plugin ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  });
  return Object.assign({}, ...parts);
}

const parsers: Readonly<Record<string, (section: Section, load: LoadWebhook) => AdmissionConfiguration>> = {
  EventRateLimit(section) {
    requireKind(section, "eventratelimit.admission.k8s.io/v1alpha1", "Configuration");
    return { eventLimits: ((section.limits as EventLimit[] | undefined) ?? []).map(checkedLimit) };
  },
  ImagePolicyWebhook({ imagePolicy = {} }, load) {
    const { kubeConfigFile = "", allowTTL, denyTTL, retryBackoff, defaultAllow = false } = imagePolicy as ImagePolicySection;
    const second = 1000;
    const minute = 60 * second;
    const retryMilliseconds = lasting(retryBackoff, 1, { least: 1e-6, most: 5 * minute, usual: 500 });
    const allowMilliseconds = lasting(allowTTL, second, { least: second, most: 30 * minute, usual: 5 * minute });
    const denyMilliseconds = lasting(denyTTL, second, { least: second, most: 30 * minute, usual: 30 * second });
    if (kubeConfigFile === "") throw new Error("invalid configuration: no configuration has been provided");
    return { imagePolicy: { target: load(kubeConfigFile), retryMilliseconds, allowMilliseconds, denyMilliseconds, defaultAllow } };
  },
  PodNodeSelector(section) {
    const nodeSelectors = (section.podNodeSelectorPluginConfig ?? {}) as Record<string, string>;
    for (const selector of Object.values(nodeSelectors)) labelsOf(selector);
    return { nodeSelectors };
  },
  PodTolerationRestriction(section) {
    requireKind(section, "podtolerationrestriction.admission.k8s.io/v1alpha1", "Configuration");
    const { default: given, whitelist } = section as { default?: Toleration[]; whitelist?: Toleration[] };
    return { tolerations: { ...(given ? { default: given } : {}), ...(whitelist ? { whitelist } : {}) } };
  },
  PodSecurity(section) {
    requireKind(section, "pod-security.admission.config.k8s.io/v1", "PodSecurityConfiguration");
    const { defaults = {}, exemptions = {} } = section as {
      defaults?: Record<string, string>;
      exemptions?: { usernames?: string[]; namespaces?: string[]; runtimeClasses?: string[] };
    };
    const mode = (name: string) => ({
      level: parseLevel(defaults[name] || "privileged", `defaults.${name}`),
      minor: parseVersion(defaults[`${name}-version`] || "latest", `defaults.${name}-version`),
    });
    const { usernames = [], namespaces = [], runtimeClasses = [] } = exemptions;
    return {
      podSecurity: {
        defaults: { enforce: mode("enforce"), audit: mode("audit"), warn: mode("warn") },
        exemptions: { usernames, namespaces, runtimeClasses },
      },
    };
  },
  ResourceQuota(section) {
    requireKind(
      section,
      /^(apiserver\.config\.k8s\.io|resourcequota\.admission\.k8s\.io)\/v1(alpha1|beta1)?$/,
      /^(ResourceQuota)?Configuration$/,
    );
    return { limitedResources: (section.limitedResources as LimitedResource[] | undefined) ?? [] };
  },
};

interface ImagePolicySection {
  kubeConfigFile?: string;
  allowTTL?: number;
  denyTTL?: number;
  retryBackoff?: number;
  defaultAllow?: boolean;
}

/** Milliseconds; 0 is what is usual and -1 none. */
function lasting(value = 0, unit: number, { least, most, usual }: { least: number; most: number; usual: number }): number {
  if (value === -1) return 0;
  if (value === 0) return usual;
  const given = value * unit;
  if (given >= least && given <= most) return given;
  throw new Error(`valid value is between ${goDuration(least)} and ${goDuration(most)}, got ${goDuration(given)}`);
}

function requireKind({ apiVersion = "", kind = "" }: Section, wantedVersion: string | RegExp, wantedKind: string | RegExp): void {
  const fits = (value: string, wanted: string | RegExp) => (typeof wanted === "string" ? value === wanted : wanted.test(value));
  if (fits(String(apiVersion), wantedVersion) && fits(String(kind), wantedKind)) return;
  throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
}

const limitTypes = ["Server", "Namespace", "User", "SourceAndObject"];

function checkedLimit(limit: EventLimit, index: number): EventLimit {
  const where = `limits[${index}]`;
  const invalid = (name: string, value: unknown, why: string) =>
    new Error(`${where}.${name}: Invalid value: ${JSON.stringify(value)}: ${why}`);
  const { type, qps = 0, burst = 0, cacheSize = 0 } = limit;
  if (!limitTypes.includes(type)) {
    const supported = [...limitTypes].sort().map((name) => JSON.stringify(name));
    throw new Error(`${where}.type: Unsupported value: ${JSON.stringify(type ?? "")}: supported values: ${supported.join(", ")}`);
  }
  if (burst <= 0) throw invalid("burst", burst, "must be positive");
  if (qps <= 0) throw invalid("qps", qps, "must be positive");
  if (cacheSize < 0) throw invalid("cacheSize", cacheSize, "must not be negative");
  return { type, qps, burst, cacheSize };
}
