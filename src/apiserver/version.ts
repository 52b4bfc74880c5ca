/** The version of Kubernetes that this server speaks: kubectl prints it and warns when its own is far off. */
export const gitVersion = "v1.36.3";
