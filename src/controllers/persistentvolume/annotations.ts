/** On a claim: binding is done, and a volume that is missing from now on is lost. */
export const bindCompleted = "pv.kubernetes.io/bind-completed";
/** Whoever has it was chosen by the controller, not by a person: it may be let go again. */
export const boundByController = "pv.kubernetes.io/bound-by-controller";
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
/** On a claim: the node of its first pod, as the scheduler has chosen. */
export const selectedNode = "volume.kubernetes.io/selected-node";
/** On a claim: who is to make its volume. Provisioners outside of this process wait for their name, under either key. */
export const storageProvisioner = "volume.kubernetes.io/storage-provisioner";
export const betaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner";
export const isDefaultClass = "storageclass.kubernetes.io/is-default-class";
export const isDefaultClassBeta = "storageclass.beta.kubernetes.io/is-default-class";
