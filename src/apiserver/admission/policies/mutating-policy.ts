import { mutationTypes } from "../../../api/admissionregistration/policies.ts";
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from "../../../api/admissionregistration/v1.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import type { PolicyExpression } from "./expression-run.ts";
import { type Binding, compileBinding, type Policy, PolicyCompiler } from "./policy.ts";

export interface CompiledMutation {
  readonly patchType: "ApplyConfiguration" | "JSONPatch";
  readonly expression: PolicyExpression;
}

export interface MutatingPolicy extends Policy {
  readonly mutations: readonly CompiledMutation[];
  readonly reinvokes: boolean;
}

export function compileMutatingPolicy(object: MutatingAdmissionPolicy, library: FunctionLibrary): MutatingPolicy {
  const compiler = new PolicyCompiler(object, library);
  const { mutations = [], reinvocationPolicy } = object.spec ?? {};
  return {
    ...compiler.policy,
    mutations: mutations.map((mutation) => {
      const patchType = mutation.patchType as CompiledMutation["patchType"];
      const text = (patchType === "JSONPatch" ? mutation.jsonPatch : mutation.applyConfiguration)?.expression ?? "";
      return { patchType, expression: compiler.compile(text, [mutationTypes[patchType]], { authorizer: true, mutates: true }) };
    }),
    reinvokes: reinvocationPolicy === "IfNeeded",
  };
}

export function compileMutatingBinding({ metadata, spec = {} }: MutatingAdmissionPolicyBinding): Binding {
  return compileBinding(metadata.name ?? "", spec);
}
