import type { Service } from "../../api/core/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";
import { refuse } from "./refuse.ts";

/** Services get no external addresses that they don't have already: whoever sets one takes its traffic. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: "DenyServiceExternalIPs",
  resources: ["services"],
  validate(attributes) {
    const { operation, subresource, object, old } = attributes;
    if (subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const before = (old as Service | undefined)?.spec?.externalIPs ?? [];
    const given = (object as Service).spec?.externalIPs ?? [];
    if (given.every((address) => before.includes(address))) return;
    throw refuse(attributes, "Use of external IPs is denied by admission control");
  },
};
