/** The OpenAPI documents of what is served, as bytes; made on first use and anew when the catalog changes. */
export interface OpenapiDocuments {
  v2(): Uint8Array;
  v2Protobuf?(): Uint8Array | undefined;
  /** `api/v1`, `apis/apps/v1` … */
  v3Paths(): string[];
  v3(path: string): Uint8Array | undefined;
}
