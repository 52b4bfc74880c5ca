import type { AdmissionPlugin } from "../admit.ts";
import { refuse } from "./refuse.ts";

/** Lets everything in, as if it weren't there. */
export const alwaysAdmit: AdmissionPlugin = { name: "AlwaysAdmit", admit() {} };

/** Refuses every write. */
export const alwaysDeny: AdmissionPlugin = {
  name: "AlwaysDeny",
  admit(attributes) {
    throw refuse(attributes, "admission control is denying all modifications");
  },
};
