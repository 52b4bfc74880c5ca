import type { Base } from "./bases.ts";
import { treeOf } from "./bodies.ts";
import type { Target } from "./run.ts";

/** What updates are asked of. Of two bases of one kind the first one is made. */
export async function prepare(target: Target, namespace: string, chosen: readonly Base[]): Promise<void> {
  for (const name of [namespace, `${namespace}-limited`]) await send(target, "POST", "/api/v1/namespaces", { metadata: { name } });
  await send(target, "POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "default" } });
  for (const base of chosen) {
    if (base.isReview) continue;
    const { object } = base;
    const collection = base.path.replace("{ns}", namespace);
    const { status, body } = await send(target, "POST", collection, filled(object, namespace));
    if (status !== 201 && status !== 409) console.log(`${object.kind} is no valid base: ${JSON.stringify(body)}`);
    if (status !== 201 || !base.status) continue;
    const whole = filled({ ...object, status: base.status }, namespace);
    const put = await send(target, "PUT", `${collection}/${String(whole.metadata.name)}/status`, whole);
    if (put.status !== 200) console.log(`${object.kind} has no valid status: ${JSON.stringify(put.body)}`);
  }
}

/** Takes away what `prepare` made. */
export async function tidy(target: Target, namespace: string, chosen: readonly Base[]): Promise<void> {
  for (const { path, object, isReview } of chosen) {
    if (isReview) continue;
    const one = `${path.replace("{ns}", namespace)}/${String(filled(object, namespace).metadata.name)}`;
    const { status } = await send(target, "DELETE", one, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
    // There are no controllers that take away what holds volumes and claims.
    const patch = { metadata: { finalizers: null } };
    if (status < 300) await send(target, "PATCH", one, patch, "application/merge-patch+json");
  }
  for (const name of [`fuzz-${namespace}`, `${namespace}-limited`, namespace]) {
    await send(target, "DELETE", `/api/v1/namespaces/${name}`, {});
    await send(target, "PUT", `/api/v1/namespaces/${name}/finalize`, { metadata: { name }, spec: { finalizers: [] } });
  }
}

export function filled<T>(object: T, namespace: string): T {
  return JSON.parse(JSON.stringify(object).replaceAll("{ns}", namespace)) as T;
}

export async function send(target: Target, method: string, path: string, body: unknown, type = "application/json") {
  const headers = {
    authorization: `Bearer ${target.token}`,
    accept: "application/json",
    "content-type": type,
    "user-agent": "parity",
  };
  const answer = await target.http.ask({ method, path, headers, bytes: Buffer.from(JSON.stringify(body)) });
  return { ...answer, body: treeOf(String(answer.headers["content-type"] ?? ""), answer.bytes) };
}
