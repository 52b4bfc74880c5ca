import { type FieldPath, field } from "../../machinery/errors.ts";
import type { RequestContext } from "../define-resource.ts";
import type { Errors } from "../validation.ts";

const adminLabel = "resource.kubernetes.io/admin-access";

/** Devices are for administration only where the namespace says so. The first place that asks for it is told. */
export function validateAdminAccess(
  errors: Errors,
  context: RequestContext,
  places: readonly { path: FieldPath; asked?: boolean | undefined }[],
): void {
  const first = places.find(({ asked }) => asked === true);
  if (!first || context.namespaceLabels()?.[adminLabel] === "true") return;
  const detail = `admin access to devices requires the \`${adminLabel}: true\` label on the containing namespace`;
  errors.push(field.forbidden(first.path.child("adminAccess"), detail));
}
