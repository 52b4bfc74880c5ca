import type { Difference } from "./differences.ts";

/** A difference on purpose. Each has its line in docs/differences.md. */
export interface Known {
  /** Absent: in every area. */
  area?: string;
  /** The sequence's name or a pattern for it; absent: in every sequence. */
  sequence?: string | RegExp;
  /** Where in the answer. */
  path: RegExp;
  /** What upstream answers there, where only that is meant. */
  theirs?: RegExp;
  reason: string;
}

export const known: readonly Known[] = [
  { path: /^body\.(compiler|gitCommit|goVersion)$/, sequence: /./, theirs: /gc|Format|go1/, reason: "kybern is not built by Go" },
  { area: "discovery", sequence: "health", path: /^body$/, theirs: /poststarthook/, reason: "the checks are those of kybern's own parts" },
  { area: "discovery", sequence: /./, path: /^body\.paths\[\d+\]$/, reason: "the paths of upstream's health checks and debug pages" },
  {
    area: "custom-resources",
    sequence: "server-side apply",
    path: /^body\.metadata\.generation$/,
    reason: "an apply in another version than the stored one counts the defaults of its version as a change",
  },
  {
    area: "custom-resources",
    sequence: "discovery",
    path: /^body\.spec\.properties\.pod\.properties\..*description$/,
    reason: "the names of embedded objects' kinds have no descriptions",
  },
  { area: "patches", path: /message$/, theirs: /12345678901234567890/, reason: "integers of more than 64 bits lose digits" },
  {
    area: "fuzz",
    path: /^body\.status\.conditions$/,
    theirs: /"Dangling"/,
    reason: "flow schemas have no conditions",
  },
  {
    area: "fuzz",
    path: /message$/,
    theirs: /api-priority-and-fairness-config-consumer/,
    reason: "a refused patch shows the object as it is stored: conditions of flow schemas",
  },
  {
    area: "fuzz",
    path: /message$/,
    theirs: /"manager\\*":\\*"kube-apiserver\\*"/,
    reason: "a refused patch shows the object as it is stored: upstream tells the status of an API service by itself",
  },
  {
    area: "stories",
    path: /^body\.(details\.causes\[\d+\]\.(field|message)|message)$/,
    theirs: /conflict with|conflicts? with [\s\S]*conflicts? with|^"\./,
    reason: "conflicts are told in the order of the seconds in which owners wrote",
  },
  {
    area: "webhooks",
    sequence: /^(pods and their subresources|graceful deletes)$/,
    path: /^body\[[012]\]$|^body\[0\]\.body\.request\.(uid|oldObject\.metadata\.(uid|resourceVersion))$/,
    reason: "webhooks are asked once about a pod that is deleted at once while it is terminating",
  },
];

export function reasonOf(area: string, sequence: string, { path, theirs }: Difference): string | undefined {
  return known.find(
    (one) =>
      (one.area === undefined || one.area === area) &&
      (one.sequence === undefined || (typeof one.sequence === "string" ? one.sequence === sequence : one.sequence.test(sequence))) &&
      one.path.test(path) &&
      (one.theirs === undefined || one.theirs.test(JSON.stringify(theirs) ?? "absent")),
  )?.reason;
}
