import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isHTTPHeaderName, isPortName, isPortNumber } from "../../machinery/validation/names.ts";
import { complain, type Errors, requireNonNegative } from "../validation.ts";
import type { GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from "./v1.ts";

export function validateLivenessProbe(errors: Errors, probe: Probe | undefined, grace: number | undefined, path: FieldPath): void {
  if (probe) validateOnceProbe(errors, probe, grace, path.child("livenessProbe"));
}

export function validateStartupProbe(errors: Errors, probe: Probe | undefined, grace: number | undefined, path: FieldPath): void {
  if (probe) validateOnceProbe(errors, probe, grace, path.child("startupProbe"));
}

export function validateReadinessProbe(errors: Errors, probe: Probe | undefined, grace: number | undefined, path: FieldPath): void {
  if (!probe) return;
  const at = path.child("readinessProbe");
  validateProbe(errors, probe, grace, at);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined) {
    errors.push(field.invalid(at.child("terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes"));
  }
}

/** Probes for which one success is enough, always. */
function validateOnceProbe(errors: Errors, probe: Probe, grace: number | undefined, path: FieldPath): void {
  validateProbe(errors, probe, grace, path);
  if (probe.successThreshold !== 1) errors.push(field.invalid(path.child("successThreshold"), probe.successThreshold ?? 0, "must be 1"));
}

function validateProbe(errors: Errors, probe: Probe, grace: number | undefined, path: FieldPath): void {
  validateHandler(errors, probe, grace, path);
  requireNonNegative(errors, probe.initialDelaySeconds, path, "initialDelaySeconds");
  requireNonNegative(errors, probe.timeoutSeconds, path, "timeoutSeconds");
  requireNonNegative(errors, probe.periodSeconds, path, "periodSeconds");
  requireNonNegative(errors, probe.successThreshold, path, "successThreshold");
  requireNonNegative(errors, probe.failureThreshold, path, "failureThreshold");
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0) {
    errors.push(field.invalid(path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0"));
  }
}

export function validateLifecycle(errors: Errors, lifecycle: Lifecycle | undefined, grace: number | undefined, path: FieldPath): void {
  if (!lifecycle) return;
  const at = path.child("lifecycle");
  if (lifecycle.postStart) validateHandler(errors, lifecycle.postStart, grace, at.child("postStart"));
  if (lifecycle.preStop) validateHandler(errors, lifecycle.preStop, grace, at.child("preStop"));
}

type Handler = LifecycleHandler & { grpc?: GRPCAction };

const handlerNames = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

function validateHandler(errors: Errors, handler: Handler, grace: number | undefined, path: FieldPath): void {
  let first: string | undefined;
  for (const name of handlerNames) {
    if (handler[name] === undefined) continue;
    if (first !== undefined) {
      errors.push(field.forbidden(path.child(name), "may not specify more than 1 handler type"));
      continue;
    }
    first = name;
    const at = path.child(name);
    if (name === "exec" && !handler.exec?.command?.length) errors.push(field.required(at.child("command")));
    if (name === "httpGet") validateHTTPGet(errors, handler.httpGet as HTTPGetAction, at);
    if (name === "tcpSocket") validatePort(errors, handler.tcpSocket?.port ?? 0, at);
    if (name === "grpc") validatePort(errors, handler.grpc?.port ?? 0, at);
    if (name === "sleep") {
      const seconds = handler.sleep?.seconds ?? 0;
      if (grace !== undefined && (seconds < 0 || seconds > grace)) {
        errors.push(field.invalid(at, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`));
      }
    }
  }
  if (first === undefined) errors.push(field.required(path, "must specify a handler type"));
}

function validateHTTPGet(errors: Errors, get: HTTPGetAction, path: FieldPath): void {
  if (!get.path) errors.push(field.required(path.child("path")));
  validatePort(errors, get.port ?? 0, path);
  if (get.scheme !== "HTTP" && get.scheme !== "HTTPS") {
    errors.push(field.notSupported(path.child("scheme"), get.scheme ?? "", ["HTTP", "HTTPS"]));
  }
  for (const header of get.httpHeaders ?? []) {
    complain(errors, path.child("httpHeaders"), header.name ?? "", isHTTPHeaderName(header.name ?? ""));
  }
}

function validatePort(errors: Errors, port: number | string, path: FieldPath): void {
  complain(errors, path.child("port"), port, typeof port === "number" ? isPortNumber(port) : isPortName(port));
}
