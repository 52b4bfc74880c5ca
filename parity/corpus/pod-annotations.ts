import { changed, create, get, patch, put, type Sequence } from "../sequences.ts";

const core = "/api/v1/namespaces/{ns}";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const appArmor = "container.apparmor.security.beta.kubernetes.io/";
const seccomp = "seccomp.security.alpha.kubernetes.io/pod";
const seccompOf = "container.seccomp.security.alpha.kubernetes.io/";
const mirror = "kubernetes.io/config.mirror";

type Annotations = Readonly<Record<string, string>>;

/** A pod, a template and a deployment with the same annotations and security contexts; none is stored. */
function everywhere(annotations: Annotations, ofContainer?: object, ofPod?: object, more: object = {}) {
  const container = { name: "a", image: "x", ...(ofContainer ? { securityContext: ofContainer } : {}) };
  const spec = { containers: [container, { name: "b", image: "x" }], ...(ofPod ? { securityContext: ofPod } : {}), ...more };
  const labels = { a: "b" };
  return [
    create(`${core}/pods?dryRun=All`, { metadata: { name: "x", annotations }, spec }),
    create(`${core}/podtemplates?dryRun=All`, { metadata: { name: "x" }, template: { metadata: { annotations }, spec } }),
    create(`${deployments}?dryRun=All`, {
      metadata: { name: "x" },
      spec: { selector: { matchLabels: labels }, template: { metadata: { annotations, labels }, spec } },
    }),
  ];
}

const profiles = [{ type: "RuntimeDefault" }, { type: "Unconfined" }, { type: "Localhost", localhostProfile: "foo" }, { type: "bad" }];

const sequences: Sequence[] = [
  {
    name: "AppArmor annotations",
    steps: [
      ...["runtime/default", "unconfined", "localhost/foo", "localhost/", "bad", ""].flatMap((value) =>
        everywhere({ [`${appArmor}a`]: value }),
      ),
      ...everywhere({ [`${appArmor}a`]: "runtime/default", [`${appArmor}b`]: "localhost/x" }),
      ...everywhere({ [`${appArmor}zz`]: "runtime/default" }),
      ...everywhere({ [`${appArmor}i`]: "unconfined" }, undefined, undefined, { initContainers: [{ name: "i", image: "x" }] }),
      ...everywhere({ [`${appArmor}a`]: "runtime/default" }, undefined, undefined, { os: { name: "windows" } }),
    ],
  },
  {
    name: "AppArmor annotations beside fields",
    steps: profiles.flatMap((appArmorProfile) => [
      ...everywhere({ [`${appArmor}a`]: "runtime/default" }, { appArmorProfile }),
      ...everywhere({ [`${appArmor}a`]: "runtime/default" }, undefined, { appArmorProfile }),
      ...everywhere({ [`${appArmor}a`]: "localhost/bar" }, { appArmorProfile }),
    ]),
  },
  {
    name: "seccomp annotations",
    steps: [
      ...["runtime/default", "docker/default", "unconfined", "localhost/x", "localhost/../x", "bad"].flatMap((value) => [
        ...everywhere({ [seccomp]: value }),
        ...everywhere({ [`${seccompOf}a`]: value }),
      ]),
      ...everywhere({ [`${seccompOf}zz`]: "unconfined" }),
      ...profiles
        .slice(0, 3)
        .flatMap((seccompProfile) => [
          ...everywhere({ [seccomp]: "runtime/default" }, undefined, { seccompProfile }),
          ...everywhere({ [`${seccompOf}a`]: "localhost/bar" }, { seccompProfile }),
        ]),
    ],
  },
  {
    name: "annotations that stay",
    steps: [
      create(`${core}/pods`, {
        metadata: { name: "a", annotations: { [`${appArmor}a`]: "runtime/default" } },
        spec: { containers: [{ name: "a", image: "x" }] },
      }),
      get(`${core}/pods/a`),
      ...[
        {},
        { [`${appArmor}a`]: "unconfined" },
        { [`${appArmor}a`]: "runtime/default", [`${appArmor}b`]: "x" },
        { [`${appArmor}a`]: "runtime/default", [mirror]: "x" },
      ].flatMap((annotations) => [
        (answers: Parameters<typeof changed>[0]) =>
          put(
            `${core}/pods/a`,
            changed(answers, 0, ({ metadata }) => {
              metadata.annotations = annotations;
            }),
          ),
        patch("merge", `${core}/pods/a/status`, { metadata: { annotations: { [`${appArmor}a`]: null, ...annotations } } }),
      ]),
    ],
  },
  {
    name: "Windows options",
    steps: [
      ["*", "a\\b\\c", "", "..", "a\tb", `${"x".repeat(105)}`, "bad?domain\\u", "domain\\", "NT AUTHORITY\\System"].map(
        (runAsUserName) => ({
          runAsUserName,
        }),
      ),
      [{ gmsaCredentialSpecName: "A_b" }, { gmsaCredentialSpec: "" }, { gmsaCredentialSpec: "x".repeat(64 * 1024 + 1) }],
    ]
      .flat()
      .map((windowsOptions) =>
        create(`${core}/podtemplates?dryRun=All`, {
          metadata: { name: "x" },
          template: { spec: { containers: [{ name: "a", image: "x", securityContext: { windowsOptions } }] } },
        }),
      ),
  },
];

export default sequences;
