import { requireDomainPrefixedPath } from "../../api/field-rules.ts";
import { CompileError } from "../../machinery/cel/program.ts";
import { type FieldError, type FieldPath, field, path } from "../../machinery/errors.ts";
import { ConfigurationError, listOf, readConfiguration, refuseErrors, struct } from "../configuration-file.ts";
import type { TypeCatalog } from "../types.ts";
import { TokenExpression } from "./claims-expressions.ts";

/** `AuthenticationConfiguration` of apiserver.config.k8s.io. */
export interface AuthenticationConfiguration {
  jwt?: JwtConfiguration[];
  anonymous?: { enabled?: boolean; conditions?: { path?: string }[] };
}

export interface JwtConfiguration {
  issuer?: {
    url?: string;
    discoveryURL?: string;
    /** PEM. */
    certificateAuthority?: string;
    audiences?: string[];
    audienceMatchPolicy?: string;
    egressSelectorType?: string;
  };
  claimValidationRules?: { claim?: string; requiredValue?: string; expression?: string; message?: string }[];
  claimMappings?: {
    username?: Mapping;
    groups?: Mapping;
    uid?: Omit<Mapping, "prefix">;
    extra?: { key?: string; valueExpression?: string }[];
  };
  userValidationRules?: { expression?: string; message?: string }[];
}

interface Mapping {
  claim?: string;
  prefix?: string;
  expression?: string;
}

/** How one issuer's tokens are taken, checked and with its expressions compiled. */
export interface TrustedIssuer {
  url: string;
  discoveryUrl?: string;
  certificateAuthority?: string;
  audiences: readonly string[];
  requiredClaims: ReadonlyMap<string, string>;
  claimRules: readonly RuleExpression[];
  username: CompiledMapping;
  groups?: CompiledMapping;
  uid?: CompiledMapping;
  extra: readonly { key: string; expression: TokenExpression }[];
  userRules: readonly RuleExpression[];
}

export type CompiledMapping = { claim: string; prefix: string } | { expression: TokenExpression };

export interface RuleExpression {
  expression: TokenExpression;
  message: string;
}

export interface CheckedAuthentication {
  issuers: readonly TrustedIssuer[];
  /** Absent: the flag says. */
  anonymous?: { enabled: boolean; paths?: readonly string[] };
}

const mapping = struct("v1.PrefixedClaimOrExpression", { claim: "string", prefix: "string", expression: "string" });
const shape = struct("v1.AuthenticationConfiguration", {
  jwt: listOf(
    struct("v1.JWTAuthenticator", {
      issuer: struct("v1.Issuer", {
        url: "string",
        discoveryURL: "string",
        certificateAuthority: "string",
        audiences: listOf("string"),
        audienceMatchPolicy: "string",
        egressSelectorType: "string",
      }),
      claimValidationRules: listOf(
        struct("v1.ClaimValidationRule", { claim: "string", requiredValue: "string", expression: "string", message: "string" }),
      ),
      claimMappings: struct("v1.ClaimMappings", {
        username: mapping,
        groups: mapping,
        uid: struct("v1.ClaimOrExpression", { claim: "string", expression: "string" }),
        extra: listOf(struct("v1.ExtraMapping", { key: "string", valueExpression: "string" })),
      }),
      userValidationRules: listOf(struct("v1.UserValidationRule", { expression: "string", message: "string" })),
    }),
  ),
  anonymous: struct("v1.AnonymousAuthConfig", {
    enabled: "bool",
    conditions: listOf(struct("v1.AnonymousAuthCondition", { path: "string" })),
  }),
});

/** Reads and checks the content of an `--authentication-config`. Throws `ConfigurationError` in upstream's words. */
export function parseAuthenticationConfiguration(types: TypeCatalog, text: string, ownIssuers: readonly string[]): CheckedAuthentication {
  const versions = ["v1", "v1beta1", "v1alpha1"];
  const configuration = readConfiguration(types, text, "AuthenticationConfiguration", versions, shape) as AuthenticationConfiguration;
  return checkAuthentication(configuration, ownIssuers);
}

/** Throws `ConfigurationError`. */
export function checkAuthentication(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  ownIssuers: readonly string[],
): CheckedAuthentication {
  const prefix = "invalid authentication configuration: ";
  const errors: FieldError[] = [];
  if (jwt.length > 64) throw new ConfigurationError(`${prefix}jwt: Too many: ${jwt.length}: must have at most 64 items`);
  const seen = { urls: new Set<string>(), discovery: new Set<string>() };
  const issuers = jwt.map((one, index) => {
    const at = path("jwt").index(index);
    const checked = new Checker(errors, at, ownIssuers).check(one);
    const { url = "", discoveryURL = "" } = one.issuer ?? {};
    if (seen.urls.has(url)) errors.push(field.duplicate(at.child("issuer", "url"), url));
    seen.urls.add(url);
    if (discoveryURL !== "" && seen.discovery.has(discoveryURL))
      errors.push(field.duplicate(at.child("issuer", "discoveryURL"), discoveryURL));
    seen.discovery.add(discoveryURL);
    return checked;
  });
  const conditions = anonymous?.conditions ?? [];
  if (anonymous && !anonymous.enabled && conditions.length > 0) {
    const shown = conditions.map((condition) => ({ Path: condition.path ?? "" }));
    errors.push(field.invalid("anonymous.conditions", shown, "enabled should be set to true when conditions are defined"));
  }
  refuseErrors(errors, prefix);
  if (!anonymous) return { issuers };
  const paths = conditions.map((condition) => condition.path ?? "");
  return { issuers, anonymous: { enabled: anonymous.enabled ?? false, ...(paths.length > 0 ? { paths } : {}) } };
}

/** Checks one issuer, collecting what is wrong. What it gives back counts only where nothing is. */
class Checker {
  readonly #errors: FieldError[];
  readonly #at: FieldPath;
  readonly #ownIssuers: readonly string[];

  constructor(errors: FieldError[], at: FieldPath, ownIssuers: readonly string[]) {
    this.#errors = errors;
    this.#at = at;
    this.#ownIssuers = ownIssuers;
  }

  check({ issuer = {}, claimValidationRules = [], claimMappings = {}, userValidationRules = [] }: JwtConfiguration): TrustedIssuer {
    this.#checkIssuer(issuer);
    const claimRules = this.#claimRules(claimValidationRules);
    const at = this.#at.child("claimMappings");
    const username = this.#mapping(claimMappings.username ?? {}, at.child("username"), true);
    const groups = this.#mapping(claimMappings.groups ?? {}, at.child("groups"), false);
    const uid = this.#uid(claimMappings.uid ?? {}, at.child("uid"));
    const extra = this.#extra(claimMappings.extra ?? [], at.child("extra"));
    const usernameExpression = username && "expression" in username ? username.expression : undefined;
    const verifying = [...claimRules, ...extra].map(({ expression }) => expression);
    if (usernameExpression?.selects("email") && ![usernameExpression, ...verifying].some((one) => one.selects("email_verified"))) {
      this.#errors.push(
        field.invalid(
          at.child("username", "expression"),
          usernameExpression.text,
          "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression",
        ),
      );
    }
    const userRules = this.#userRules(userValidationRules);
    return {
      url: issuer.url ?? "",
      ...(issuer.discoveryURL ? { discoveryUrl: issuer.discoveryURL } : {}),
      ...(issuer.certificateAuthority ? { certificateAuthority: issuer.certificateAuthority } : {}),
      audiences: issuer.audiences ?? [],
      requiredClaims: new Map(
        claimValidationRules.flatMap(({ claim, requiredValue = "" }) => (claim ? [[claim, requiredValue] as const] : [])),
      ),
      claimRules,
      username: username ?? { claim: "", prefix: "" },
      ...(groups ? { groups } : {}),
      ...(uid ? { uid } : {}),
      extra,
      userRules,
    };
  }

  #checkIssuer({
    url = "",
    discoveryURL = "",
    audiences = [],
    audienceMatchPolicy = "",
    certificateAuthority = "",
    egressSelectorType = "",
  }: NonNullable<JwtConfiguration["issuer"]>): void {
    const errors = this.#errors;
    const at = this.#at.child("issuer");
    if (url === "") errors.push(field.required(at.child("url")));
    else this.#checkUrl(url, at.child("url"), this.#ownIssuers);
    if (discoveryURL !== "") {
      const where = at.child("discoveryURL");
      if (url !== "" && url.replace(/\/+$/, "") === discoveryURL.replace(/\/+$/, "")) {
        errors.push(field.invalid(where, discoveryURL, "discoveryURL must be different from URL"));
      }
      this.#checkUrl(discoveryURL, where, []);
    }
    this.#checkAudiences(audiences, audienceMatchPolicy, at);
    if (certificateAuthority !== "" && !certificateAuthority.includes("-----BEGIN CERTIFICATE-----")) {
      const detail = "data does not contain any valid RSA or ECDSA certificates";
      errors.push(field.invalid(at.child("certificateAuthority"), "<omitted>", detail));
    }
    if (egressSelectorType !== "") {
      const detail = "egress selectors are not supported";
      errors.push(field.invalid(at.child("egressSelectorType"), egressSelectorType, detail));
    }
  }

  #checkUrl(text: string, at: FieldPath, disallowed: readonly string[]): void {
    const errors = this.#errors;
    if (disallowed.includes(text)) {
      const list = `[${[...disallowed].sort().join(" ")}]`;
      errors.push(field.invalid(at, text, `URL must not overlap with disallowed issuers: ${list}`));
    }
    const [, scheme = "", authority = "", query = "", fragment = ""] =
      /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/.exec(text) ?? [];
    if (scheme.toLowerCase() !== "https") errors.push(field.invalid(at, text, "URL scheme must be https"));
    if (authority.includes("@")) errors.push(field.invalid(at, text, "URL must not contain a username or password"));
    if (query !== "") errors.push(field.invalid(at, text, "URL must not contain a query"));
    if (fragment !== "") errors.push(field.invalid(at, text, "URL must not contain a fragment"));
  }

  #checkAudiences(audiences: readonly string[], policy: string, at: FieldPath): void {
    const errors = this.#errors;
    const where = at.child("audiences");
    if (audiences.length === 0) {
      errors.push(field.required(where, `at least one ${where} is required`));
      return;
    }
    const seen = new Set<string>();
    for (const [index, audience] of audiences.entries()) {
      if (audience === "") errors.push(field.required(where.index(index)));
      if (seen.has(audience)) errors.push(field.duplicate(where.index(index), audience));
      seen.add(audience);
    }
    if (audiences.length > 1 && policy !== "MatchAny") {
      errors.push(field.invalid(at.child("audienceMatchPolicy"), policy, "audienceMatchPolicy must be MatchAny for multiple audiences"));
    } else if (audiences.length === 1 && policy !== "" && policy !== "MatchAny") {
      const detail = "audienceMatchPolicy must be empty or MatchAny for single audience";
      errors.push(field.invalid(at.child("audienceMatchPolicy"), policy, detail));
    }
  }

  #claimRules(rules: NonNullable<JwtConfiguration["claimValidationRules"]>): RuleExpression[] {
    const errors = this.#errors;
    const compiled: RuleExpression[] = [];
    const claims = new Set<string>();
    const expressions = new Set<string>();
    for (const [index, { claim = "", requiredValue = "", expression = "", message = "" }] of rules.entries()) {
      const at = this.#at.child("claimValidationRules").index(index);
      if (claim !== "" && expression !== "") errors.push(field.invalid(at, claim, "claim and expression can't both be set"));
      else if (claim !== "") {
        if (message !== "") errors.push(field.invalid(at.child("message"), message, "may not be specified when claim is set"));
        if (claims.has(claim)) errors.push(field.duplicate(at.child("claim"), claim));
        claims.add(claim);
      } else if (expression === "") errors.push(field.required(at, "claim or expression is required"));
      else {
        if (requiredValue !== "")
          errors.push(field.invalid(at.child("requiredValue"), requiredValue, "may not be specified when expression is set"));
        if (expressions.has(expression)) {
          errors.push(field.duplicate(at.child("expression"), expression));
          continue;
        }
        expressions.add(expression);
        const one = this.#compile(expression, "claims", at.child("expression"), true);
        if (one) compiled.push({ expression: one, message });
      }
    }
    return compiled;
  }

  #userRules(rules: NonNullable<JwtConfiguration["userValidationRules"]>): RuleExpression[] {
    const compiled: RuleExpression[] = [];
    const seen = new Set<string>();
    for (const [index, { expression = "", message = "" }] of rules.entries()) {
      const at = this.#at.child("userValidationRules").index(index).child("expression");
      if (expression === "") this.#errors.push(field.required(at));
      else if (seen.has(expression)) this.#errors.push(field.duplicate(at, expression));
      else {
        seen.add(expression);
        const one = this.#compile(expression, "user", at, true);
        if (one) compiled.push({ expression: one, message });
      }
    }
    return compiled;
  }

  #mapping({ claim = "", prefix, expression = "" }: Mapping, at: FieldPath, isRequired: boolean): CompiledMapping | undefined {
    const errors = this.#errors;
    if (expression !== "" && claim !== "") errors.push(field.invalid(at, "", "claim and expression can't both be set"));
    else if (expression !== "") {
      if (prefix !== undefined) errors.push(field.invalid(at.child("prefix"), prefix, "may not be specified when expression is set"));
      const compiled = this.#compile(expression, "claims", at.child("expression"));
      return compiled && { expression: compiled };
    } else if (claim !== "") {
      if (prefix === undefined) {
        const detail = "prefix is required when claim is set. It can be set to an empty string to disable prefixing";
        errors.push(field.required(at.child("prefix"), detail));
      }
      return { claim, prefix: prefix ?? "" };
    } else if (isRequired) errors.push(field.required(at, "claim or expression is required"));
    return undefined;
  }

  #uid({ claim = "", expression = "" }: Mapping, at: FieldPath): CompiledMapping | undefined {
    if (claim !== "" && expression !== "") this.#errors.push(field.invalid(at, "", "claim and expression can't both be set"));
    else if (claim !== "") return { claim, prefix: "" };
    else if (expression !== "") {
      const compiled = this.#compile(expression, "claims", at.child("expression"));
      return compiled && { expression: compiled };
    }
    return undefined;
  }

  #extra(mappings: readonly { key?: string; valueExpression?: string }[], at: FieldPath): { key: string; expression: TokenExpression }[] {
    const errors = this.#errors;
    const compiled: { key: string; expression: TokenExpression }[] = [];
    const seen = new Set<string>();
    for (const [index, { key = "", valueExpression = "" }] of mappings.entries()) {
      const where = at.index(index).child("key");
      requireDomainPrefixedPath(errors, key, where);
      if (key !== key.toLowerCase()) errors.push(field.invalid(where, key, "must be lowercase"));
      if (/^([^/]*\.)?(kubernetes|k8s)\.io\//.test(key)) {
        errors.push(field.invalid(where, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"));
      }
      if (seen.has(key)) {
        errors.push(field.duplicate(where, key));
        continue;
      }
      seen.add(key);
      const expressionAt = at.index(index).child("valueExpression");
      if (valueExpression === "") errors.push(field.required(expressionAt));
      else {
        const expression = this.#compile(valueExpression, "claims", expressionAt);
        if (expression) compiled.push({ key, expression });
      }
    }
    return compiled;
  }

  #compile(text: string, variable: "claims" | "user", at: FieldPath, isCondition = false): TokenExpression | undefined {
    try {
      return new TokenExpression(text, variable, isCondition);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.#errors.push(field.invalid(at, text, error.message));
      return undefined;
    }
  }
}
