import { type FieldReader, present, someOf } from "./field-reader.ts";

type Fields = Record<string, unknown>;

const pullPolicies: Readonly<Record<string, string>> = {
  PullAlways: "Always",
  PullNever: "Never",
  PullIfNotPresent: "IfNotPresent",
};

/** A pod's spec from the `manifest` of v1beta1 and v1beta2. */
export function podSpecOf(manifest: FieldReader): Fields {
  manifest.ignore("version", "id", "uuid");
  const spec = present({
    volumes: someOf(manifest.list("volumes").map(volumeOf)),
    containers: manifest.list("containers").map(containerOf),
    restartPolicy: restartPolicyOf(manifest),
    dnsPolicy: manifest.text("dnsPolicy"),
    hostNetwork: manifest.boolean("hostNetwork"),
  });
  manifest.end();
  return spec;
}

const restartPolicies: Readonly<Record<string, string>> = { always: "Always", onFailure: "OnFailure", never: "Never" };

/** `{always: {}}`, or the name of a policy as in later versions. */
export function restartPolicyOf(spec: FieldReader): unknown {
  const value = spec.take("restartPolicy");
  if (typeof value !== "object" || value === null) return value;
  const policy = spec.object("restartPolicy") as FieldReader;
  let name: string | undefined;
  for (const old in restartPolicies) if (policy.take(old) !== undefined) name = restartPolicies[old];
  policy.end();
  return name;
}

/** The parts of a container that v1beta1 and v1beta3 have alike, apart from today's. */
export function securityOf(container: FieldReader): Fields | undefined {
  const privileged = container.boolean("privileged");
  const capabilities = container.take("capabilities");
  const later = container.take("securityContext");
  if (privileged === undefined && capabilities === undefined) return later as Fields | undefined;
  return present({ ...(later as Fields | undefined), privileged, capabilities });
}

function containerOf(container: FieldReader): Fields {
  const converted = present({
    name: container.text("name"),
    image: container.text("image"),
    command: container.take("entrypoint"),
    // Then, `command` replaced the image's CMD; today it replaces the entry point.
    args: container.take("command"),
    workingDir: container.text("workingDir"),
    ports: someOf(container.list("ports").map(portOf)),
    env: someOf(container.list("env").map(variableOf)),
    resources: resourcesOf(container),
    volumeMounts: someOf(container.list("volumeMounts").map(mountOf)),
    livenessProbe: container.take("livenessProbe") && probeOf(container.object("livenessProbe") as FieldReader),
    readinessProbe: container.take("readinessProbe") && probeOf(container.object("readinessProbe") as FieldReader),
    lifecycle: container.take("lifecycle"),
    terminationMessagePath: container.text("terminationMessagePath"),
    imagePullPolicy: pullPolicyOf(container),
    securityContext: securityOf(container),
  });
  container.end();
  return converted;
}

function pullPolicyOf(container: FieldReader): string | undefined {
  const policy = container.text("imagePullPolicy");
  return policy === undefined || policy === "" ? undefined : (pullPolicies[policy] ?? policy);
}

function portOf(port: FieldReader): Fields {
  const converted = present({
    name: port.text("name"),
    hostPort: port.take("hostPort"),
    containerPort: port.take("containerPort"),
    protocol: port.text("protocol")?.toUpperCase(),
    hostIP: port.text("hostIP"),
  });
  port.end();
  return converted;
}

function variableOf(variable: FieldReader): Fields {
  const name = variable.text("name");
  const key = variable.text("key");
  const converted = present({ name: name ?? key, value: variable.take("value"), valueFrom: variable.take("valueFrom") });
  variable.end();
  return converted;
}

function mountOf(mount: FieldReader): Fields {
  mount.ignore("mountType");
  const path = mount.text("path");
  const converted = present({
    name: mount.text("name"),
    mountPath: mount.text("mountPath") ?? path,
    readOnly: mount.boolean("readOnly"),
  });
  mount.end();
  return converted;
}

/** `cpu` in thousandths, `memory` in bytes: both are limits. */
function resourcesOf(container: FieldReader): unknown {
  const cpu = container.number("cpu");
  const memory = container.number("memory");
  const resources = container.take("resources") as Fields | undefined;
  if (!cpu && !memory) return resources;
  const limits = present({ cpu: cpu ? `${cpu}m` : undefined, memory: memory ? String(memory) : undefined });
  return { ...resources, limits: { ...limits, ...(resources?.limits as Fields | undefined) } };
}

function probeOf(probe: FieldReader): Fields {
  // The kind of probe is told by which of them is there.
  probe.ignore("type");
  const converted = present({
    httpGet: probe.take("httpGet"),
    tcpSocket: probe.take("tcpSocket"),
    exec: probe.take("exec"),
    initialDelaySeconds: probe.take("initialDelaySeconds"),
    timeoutSeconds: probe.take("timeoutSeconds"),
  });
  probe.end();
  return converted;
}

/** Old names of volume sources, with today's. */
const sourceNames: Readonly<Record<string, string>> = {
  emptyDir: "emptyDir",
  hostDir: "hostPath",
  hostPath: "hostPath",
  persistentDisk: "gcePersistentDisk",
  gcePersistentDisk: "gcePersistentDisk",
  awsElasticBlockStore: "awsElasticBlockStore",
  gitRepo: "gitRepo",
  nfs: "nfs",
  iscsi: "iscsi",
  glusterfs: "glusterfs",
  persistentVolumeClaim: "persistentVolumeClaim",
};

function volumeOf(volume: FieldReader): Fields {
  const converted: Fields = { name: volume.text("name") };
  const source = volume.object("source");
  if (source) {
    for (const old in sourceNames) {
      const value = source.take(old);
      if (value !== undefined) converted[sourceNames[old] as string] = value;
    }
    const secret = source.object("secret");
    if (secret) {
      const target = secret.take("target") as Fields | undefined;
      converted.secret = present({ secretName: secret.text("secretName") ?? target?.name });
      secret.end();
    }
    source.end();
  } else converted.emptyDir = {};
  volume.end();
  return converted;
}
