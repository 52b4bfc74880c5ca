import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import type { Errors } from "../validation.ts";
import { validateConditionTypes } from "./flow-schema.ts";
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "./v1.ts";

const at = path("spec");
const maxQueues = 10_000_000;
/** How many bits of a flow's hash there are to deal queues by. */
const maxHashBits = 60;
const roundTripAnnotation = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

export const prioritylevelconfigurations = defineResource<PriorityLevelConfiguration>(
  "flowcontrol.apiserver.k8s.io",
  "prioritylevelconfigurations",
  {
    updateChecks: ["meta", "kind"],
    default: defaultLevel,
    prepareForCreate(level) {
      level.status = {};
    },
    prepareForUpdate(level, old, { subresource }) {
      if (subresource === "status") level.metadata = { ...old.metadata };
    },
    validate(level) {
      const errors: Errors = [];
      if (level.metadata.annotations?.[roundTripAnnotation] !== undefined) {
        errors.push(field.forbidden("metadata.annotations", `annotation '${roundTripAnnotation}' is forbidden`));
      }
      validateSpec(errors, level);
      validateFixed(errors, level);
      validateConditionTypes(errors, level.status?.conditions);
      return errors;
    },
    validateStatus(level) {
      const errors: Errors = [];
      validateConditionTypes(errors, level.status?.conditions);
      return errors;
    },
  },
);

const fixedSpecs: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  "catch-all": { type: "Limited", limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } } },
};

/** The two levels that every server relies on are what they are; the exempt one may lend otherwise. */
function validateFixed(errors: Errors, { metadata: { name = "" }, spec }: Readonly<PriorityLevelConfiguration>): void {
  const fixed = fixedSpecs[name];
  if (!fixed) return;
  const isExempt = name === "exempt";
  const given = isExempt ? { ...spec, exempt: fixed.exempt } : spec;
  if (deepEqual(given, fixed)) return;
  const what = `spec of '${name}'${isExempt ? " except the 'spec.exempt' field" : ""} must equal the fixed value`;
  errors.push(field.invalid(at, internalForm("api/flowcontrol/v1#PriorityLevelConfigurationSpec", spec), what));
}

function defaultLevel(level: PriorityLevelConfiguration): void {
  level.spec ??= { type: "" };
  level.status ??= {};
  const { exempt, limited } = level.spec;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  limited.limitResponse ??= { type: "" };
  const { queuing } = limited.limitResponse;
  if (!queuing) return;
  if (!queuing.handSize) queuing.handSize = 8;
  if (!queuing.queues) queuing.queues = 64;
  if (!queuing.queueLengthLimit) queuing.queueLengthLimit = 50;
}

function validateSpec(errors: Errors, level: Readonly<PriorityLevelConfiguration>): void {
  const { type, exempt, limited } = level.spec as PriorityLevelConfigurationSpec;
  if ((level.metadata.name === "exempt") !== (type === "Exempt")) {
    errors.push(field.invalid(at.child("type"), type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  if (type === "Exempt") {
    if (limited) errors.push(field.forbidden(at.child("limited"), "must be nil if the type is not Limited"));
    if (exempt) validateShares(errors, exempt, at.child("exempt"));
  } else if (type === "Limited") {
    if (exempt) errors.push(field.forbidden(at.child("exempt"), "must be nil if the type is Limited"));
    if (!limited) errors.push(field.required(at.child("limited"), "must not be empty when type is Limited"));
    else validateLimited(errors, limited, at.child("limited"));
  } else if (type) errors.push(field.notSupported(at.child("type"), type, ["Exempt", "Limited"]));
  else errors.push(field.required(at.child("type")));
}

function validateLimited(errors: Errors, limited: LimitedPriorityLevelConfiguration, where: FieldPath): void {
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse } = limited;
  if (nominalConcurrencyShares !== undefined) validateShares(errors, { nominalConcurrencyShares }, where);
  validateResponse(errors, limitResponse as LimitResponse, where.child("limitResponse"));
  if (lendablePercent !== undefined) validateShares(errors, { lendablePercent }, where);
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const detail = "if specified, must be a non-negative integer";
    errors.push(field.invalid(where.child("borrowingLimitPercent"), borrowingLimitPercent, detail));
  }
}

function validateShares(errors: Errors, shares: ExemptPriorityLevelConfiguration, where: FieldPath): void {
  const { nominalConcurrencyShares: nominal = 0, lendablePercent: lendable = 0 } = shares;
  if (nominal < 0) errors.push(field.invalid(where.child("nominalConcurrencyShares"), nominal, "must be a non-negative integer"));
  if (lendable < 0 || lendable > 100) {
    errors.push(field.invalid(where.child("lendablePercent"), lendable, "must be between 0 and 100, inclusive"));
  }
}

function validateResponse(errors: Errors, { type, queuing }: LimitResponse, where: FieldPath): void {
  if (type === "Reject") {
    if (queuing) errors.push(field.forbidden(where.child("queuing"), "must be nil if limited.limitResponse.type is not Limited"));
  } else if (type === "Queue") {
    if (!queuing) errors.push(field.required(where.child("queuing"), "must not be empty if limited.limitResponse.type is Limited"));
    else validateQueuing(errors, queuing, where.child("queuing"));
  } else if (type) errors.push(field.notSupported(where.child("type"), type, ["Queue", "Reject"]));
  else errors.push(field.required(where.child("type")));
}

function validateQueuing(errors: Errors, queuing: QueuingConfiguration, where: FieldPath): void {
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing;
  if (queueLengthLimit <= 0) errors.push(field.invalid(where.child("queueLengthLimit"), queueLengthLimit, "must be positive"));
  if (queues <= 0) errors.push(field.invalid(where.child("queues"), queues, "must be positive"));
  else if (queues > maxQueues) errors.push(field.invalid(where.child("queues"), queues, `must not be greater than ${maxQueues}`));
  const hand = (detail: string) => errors.push(field.invalid(where.child("handSize"), handSize, detail));
  if (handSize <= 0) hand("must be positive");
  else if (handSize > queues) hand(`should not be greater than queues (${queues})`);
  else if (Math.ceil(Math.log2(queues) * handSize) > maxHashBits) {
    hand(`required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxHashBits}`);
  }
}
