import { type AuthorizationModule, everything } from "./authorizer.ts";

/** `AlwaysAllow` */
export const alwaysAllow: AuthorizationModule = {
  name: "AlwaysAllow",
  authorize: () => ({ effect: "allow", reason: "" }),
  rulesFor: () => ({ rules: everything }),
};

/** `AlwaysDeny` */
export const alwaysDeny: AuthorizationModule = {
  name: "AlwaysDeny",
  authorize: () => ({ effect: "none", reason: "Everything is forbidden." }),
  rulesFor: () => ({ rules: [] }),
};
