export interface ProbeResult {
  /** `unknown`: the container could not be asked at all. */
  verdict: "success" | "failure" | "unknown";
  /** What it said, as upstream's events put it. */
  output: string;
}
