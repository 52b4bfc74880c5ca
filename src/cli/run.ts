import { UsageError } from "../cluster/options.ts";

const components = ["node", "proxy", "dns", "scheduler", "controllers"];

/** `kybern run COMPONENT`: not built yet, and said so. */
export function runComponent(component: string, _options: unknown): void {
  if (!components.includes(component)) throw new UsageError(`there is no component "${component}"; there are ${components.join(", ")}`);
  throw new UsageError(`kybern run ${component} is not built yet; kybern up --components LIST chooses what runs in one process`);
}
