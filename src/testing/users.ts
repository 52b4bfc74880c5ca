import type { PolicyRule } from "../api/rbac/v1.ts";
import { clusterrolebindings, clusterroles, rolebindings, roles } from "../api/refs.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { isAlreadyExists } from "../machinery/errors.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import { nearest } from "./nearest.ts";

/** Of `cluster.user`: what the user belongs to and may do. */
export interface UserOptions {
  groups?: readonly string[];
  /** What the user may do; nothing but what everyone may, when neither rules nor a role are given. */
  rules?: readonly PolicyRule[];
  /** A ClusterRole that is there: `view`, `edit`, `admin`, `cluster-admin` … */
  role?: string;
  /** Where the rules and the role hold; everywhere when absent. */
  namespace?: string;
}

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

/** Gives a user what the options say, as objects in the cluster. */
export async function grant(admin: KubeClient, user: string, { rules, role, namespace }: UserOptions): Promise<void> {
  const subjects = [{ apiGroup: group, kind: "User", name: user }];
  const bind = (kind: "Role" | "ClusterRole", name: string) => {
    const binding = { metadata: { name: `${user}:${name}` }, roleRef: { apiGroup: group, kind, name }, subjects };
    if (namespace === undefined) return make(admin, clusterrolebindings, { apiVersion, kind: "ClusterRoleBinding", ...binding });
    return make(admin, rolebindings, { apiVersion, kind: "RoleBinding", ...binding, metadata: { ...binding.metadata, namespace } });
  };
  if (rules) {
    const name = `user:${user}`;
    const ruled = { apiVersion, rules: [...rules] };
    if (namespace === undefined) await make(admin, clusterroles, { ...ruled, kind: "ClusterRole", metadata: { name } });
    else await make(admin, roles, { ...ruled, kind: "Role", metadata: { name, namespace } });
    await bind(namespace === undefined ? "ClusterRole" : "Role", name);
  }
  if (role === undefined) return;
  if (!(await admin.find(clusterroles, role, { shared: true }))) {
    const { items } = await admin.list(clusterroles, { shared: true });
    const names = items.map(({ metadata }) => metadata.name as string);
    throw new Error(`there is no ClusterRole "${role}"${nearest(role, names)}`);
  }
  await bind("ClusterRole", role);
}

async function make<T extends KubeObject>(admin: KubeClient, ref: ResourceRef<T>, object: T): Promise<void> {
  try {
    await admin.create(ref, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await admin.update(ref, object);
  }
}
