/**
 * On a node that signs its agent's certificate itself: the authority by which the API server knows the agent. Nobody but the node
 * itself, and who may change any node, can write it.
 */
export const servingAuthority = "kybern.io/serving-authority";
