import { of } from "../damages.ts";
import { create, patch, put, type Sequence } from "../sequences.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const container = (name: string, more: object = {}) => ({ name, image: "b", ...more });
const status = (name: string, state: object) => ({ name, image: "x", imageID: "", ready: false, restartCount: 0, state });
const running = { running: {} };
const rules = [{ action: "Restart", exitCodes: { operator: "In", values: [1] } }];

/** Which containers may run again after they have ended. */
function restarts(restartPolicy: string, exitCode: number): Sequence {
  const ended = { terminated: { exitCode } };
  const names = ["a", "b", "c", "d", "none"];
  const initNames = ["i", "s", "n", "none"];
  const set = (value: object, query = "") => patch("merge", `${pods}/p/status${query}`, { status: value });
  const dry = (value: object) => set(value, "?dryRun=All");
  return {
    name: `containers that ended with ${exitCode} in pods that restart ${restartPolicy}`,
    steps: [
      create(pods, {
        metadata: { name: "p" },
        spec: {
          restartPolicy,
          initContainers: [container("i"), container("s", { restartPolicy: "Always" }), container("n", { restartPolicy: "Never" })],
          containers: [
            container("a"),
            container("b", { restartPolicy: "Never" }),
            container("c", { restartPolicy: "Never", restartPolicyRules: rules }),
            container("d", { restartPolicy: "OnFailure" }),
          ],
        },
      }),
      set({
        containerStatuses: names.map((name) => status(name, ended)),
        initContainerStatuses: initNames.map((name) => status(name, ended)),
        ephemeralContainerStatuses: [status("e", ended)],
      }),
      ...names.map((name) => dry({ containerStatuses: [status(name, running)] })),
      ...initNames.map((name) => dry({ initContainerStatuses: [status(name, running)] })),
      dry({ ephemeralContainerStatuses: [status("e", running)] }),
    ],
  };
}

const write = (value: object | undefined) => put(`${pods}/p/status`, { metadata: { name: "p" }, status: value });
const observed: Sequence = {
  name: "the generation that was observed",
  steps: [
    create(pods, { metadata: { name: "p" }, spec: { containers: [container("a")] } }),
    write({ observedGeneration: 5, conditions: [{ type: "Ready", status: "True", observedGeneration: 3 }] }),
    write({}),
    write({ observedGeneration: 0, conditions: [{ type: "Ready", status: "True" }] }),
    write({ observedGeneration: 2 }),
    write(undefined),
    patch("merge", `${pods}/p/status`, { status: { observedGeneration: null } }),
  ],
};

const health = (message: string | null): object => ({
  allocatedResourcesStatus: [{ name: "example.com/x", resources: [{ resourceID: "x", health: "Healthy", message }] }],
});
const healths: Sequence = {
  name: "what is said of devices",
  steps: [
    create(pods, { metadata: { name: "p" }, spec: { containers: [container("a", { resources: { limits: { "example.com/x": "1" } } })] } }),
    ...["", "a", "ä".repeat(600), null].map((message) =>
      patch("merge", `${pods}/p/status?dryRun=All`, { status: { containerStatuses: [{ ...status("a", running), ...health(message) }] } }),
    ),
  ],
};

const sequences: readonly Sequence[] = of(
  "pods",
  observed,
  healths,
  ...["Always", "OnFailure", "Never"].flatMap((policy) => [0, 1].map((exitCode) => restarts(policy, exitCode))),
);

export default sequences;
