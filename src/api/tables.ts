// Generated from tools/facts/kubernetes-1.36-schema.json by `npm run generate`. Do not edit.
import type { RawTable } from "../machinery/tables.ts";
import meta from "../machinery/meta/v1.json" with { type: "json" };
import admissionregistrationV1 from "./admissionregistration/v1.json" with { type: "json" };
import apiextensionsV1 from "./apiextensions/v1.json" with { type: "json" };
import apiregistrationV1 from "./apiregistration/v1.json" with { type: "json" };
import appsV1 from "./apps/v1.json" with { type: "json" };
import authenticationV1 from "./authentication/v1.json" with { type: "json" };
import authorizationV1 from "./authorization/v1.json" with { type: "json" };
import autoscalingV1 from "./autoscaling/v1.json" with { type: "json" };
import autoscalingV2 from "./autoscaling/v2.json" with { type: "json" };
import batchV1 from "./batch/v1.json" with { type: "json" };
import certificatesV1 from "./certificates/v1.json" with { type: "json" };
import coordinationV1 from "./coordination/v1.json" with { type: "json" };
import coreV1 from "./core/v1.json" with { type: "json" };
import discoveryV1 from "./discovery/v1.json" with { type: "json" };
import eventsV1 from "./events/v1.json" with { type: "json" };
import flowcontrolV1 from "./flowcontrol/v1.json" with { type: "json" };
import networkingV1 from "./networking/v1.json" with { type: "json" };
import nodeV1 from "./node/v1.json" with { type: "json" };
import policyV1 from "./policy/v1.json" with { type: "json" };
import rbacV1 from "./rbac/v1.json" with { type: "json" };
import resourceV1 from "./resource/v1.json" with { type: "json" };
import schedulingV1 from "./scheduling/v1.json" with { type: "json" };
import storageV1 from "./storage/v1.json" with { type: "json" };

/** Every type table, by the file part of a type reference (`api/core/v1` in `api/core/v1#Pod`). */
export const rawTables = {
  "machinery/meta/v1": meta,
  "api/admissionregistration/v1": admissionregistrationV1,
  "api/apiextensions/v1": apiextensionsV1,
  "api/apiregistration/v1": apiregistrationV1,
  "api/apps/v1": appsV1,
  "api/authentication/v1": authenticationV1,
  "api/authorization/v1": authorizationV1,
  "api/autoscaling/v1": autoscalingV1,
  "api/autoscaling/v2": autoscalingV2,
  "api/batch/v1": batchV1,
  "api/certificates/v1": certificatesV1,
  "api/coordination/v1": coordinationV1,
  "api/core/v1": coreV1,
  "api/discovery/v1": discoveryV1,
  "api/events/v1": eventsV1,
  "api/flowcontrol/v1": flowcontrolV1,
  "api/networking/v1": networkingV1,
  "api/node/v1": nodeV1,
  "api/policy/v1": policyV1,
  "api/rbac/v1": rbacV1,
  "api/resource/v1": resourceV1,
  "api/scheduling/v1": schedulingV1,
  "api/storage/v1": storageV1,
} as unknown as Record<string, Record<string, RawTable>>;
