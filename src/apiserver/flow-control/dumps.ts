import { plain } from "../health.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import type { Queue, Visit } from "./fair-queues.ts";
import type { FlowControl } from "./flow-control.ts";
import type { PriorityLevel } from "./priority-level.ts";

/** `/debug/api_priority_and_fairness/…`: what levels, queues and requests are there, as a table. */
export function dump(flowControl: FlowControl, what: string, { query }: ApiRequest): ApiResponse | undefined {
  const rows = rowsOf(flowControl, what, Boolean(query.get("includeRequestDetails")));
  if (!rows) return undefined;
  const response = plain(200, aligned(rows));
  delete response.headers["x-content-type-options"];
  return response;
}

function rowsOf(flowControl: FlowControl, what: string, withDetails: boolean): string[][] | undefined {
  switch (what) {
    case "dump_priority_levels":
      return [levelHeaders, ...flowControl.levels().map(levelRow)];
    case "dump_queues":
      return [
        queueHeaders,
        ...flowControl.levels().flatMap(({ name, queues }) => (queues?.queues ?? []).map((queue) => queueRow(name, queue))),
      ];
    case "dump_requests":
      return [
        withDetails ? [...requestHeaders, ...detailHeaders] : requestHeaders,
        ...flowControl.levels().flatMap((level) => requestRows(level, withDetails)),
      ];
    default:
      return undefined;
  }
}

const levelHeaders = [
  "PriorityLevelName",
  "ActiveQueues",
  "IsIdle",
  "IsQuiescing",
  "WaitingRequests",
  "ExecutingRequests",
  "DispatchedRequests",
  "RejectedRequests",
  "TimedoutRequests",
  "CancelledRequests",
];

function levelRow(level: PriorityLevel): string[] {
  const { name, queues, isQuiescing, waiting, executing, totals } = level;
  const active = queues?.queues.filter((queue) => queue.waiting.length > 0).length ?? 0;
  const { dispatched, rejected, timedOut, cancelled } = totals;
  return [name, active, level.isIdle, isQuiescing, waiting, executing.size, dispatched, rejected, timedOut, cancelled].map(String);
}

const queueHeaders = [
  "PriorityLevelName",
  "Index",
  "PendingRequests",
  "ExecutingRequests",
  "SeatsInUse",
  "NextDispatchR",
  "InitialSeatsSum",
  "MaxSeatsSum",
  "TotalWorkSum",
];

function queueRow(level: string, queue: Queue): string[] {
  const seatSeconds = (value: number) => `${value.toFixed(8)}ss`;
  return [
    level,
    String(queue.index),
    String(queue.waiting.length),
    String(queue.executing),
    String(queue.seatsInUse),
    seatSeconds(queue.nextDispatch),
    String(queue.seatsWaiting),
    String(queue.maxSeatsWaiting),
    seatSeconds(queue.workWaiting),
  ];
}

const requestHeaders = [
  "PriorityLevelName",
  "FlowSchemaName",
  "QueueIndex",
  "RequestIndexInQueue",
  "FlowDistingsher",
  "ArriveTime",
  "InitialSeats",
  "FinalSeats",
  "AdditionalLatency",
  "StartTime",
];

const detailHeaders = ["UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"];

function requestRows({ name, executing, queues }: PriorityLevel, withDetails: boolean): string[][] {
  const waiting = (queues?.queues ?? []).flatMap((queue) => queue.waiting.map((visit, at) => ({ visit, at })));
  return [...Array.from(executing, (visit) => ({ visit, at: -1 })), ...waiting].map(({ visit, at }) => [
    name,
    visit.flow.name,
    String(visit.queue?.index ?? -1),
    String(at),
    visit.distinguisher,
    timeOf(visit.arrived),
    String(visit.seats),
    String(visit.finalSeats),
    visit.latencyMilliseconds === 0 ? "0s" : `${visit.latencyMilliseconds}ms`,
    visit.started === undefined ? "0001-01-01T00:00:00Z" : timeOf(visit.started),
    ...(withDetails ? detailsOf(visit) : []),
  ]);
}

function detailsOf({ user, info }: Visit): string[] {
  const { verb, path, namespace, name, group, version, resource, subresource } = info;
  return [user, verb, path, namespace, name, group === "" ? version : `${group}/${version}`, resource, subresource];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0+Z$/, "Z");
}

/** Columns of at least eight characters, as wide as their widest cell and a space. */
function aligned(rows: readonly string[][]): string {
  const [head = []] = rows;
  const last = head.length - 1;
  const widths = head.map((_, column) => Math.max(8, ...rows.map((row) => (row[column] as string).length + 2)));
  return rows
    .map((row) => `${row.map((cell, column) => (column === last ? cell : `${cell},`.padEnd(widths[column] as number))).join("")}\n`)
    .join("");
}
