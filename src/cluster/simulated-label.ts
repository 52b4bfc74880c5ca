/** On every simulated node, so that nobody takes it for a machine. */
export const simulatedLabel = "kybern.io/simulated";
