import type { INamespace } from "protobufjs";
import type { Clock } from "../../machinery/clock.ts";
import { GrpcConnection } from "../../node/runtime/cri/grpc-connection.ts";
import { type KmsConfiguration, kmsTimeout } from "../../storage/encryption/configuration.ts";
import type { KmsService } from "../../storage/encryption/kms-provider.ts";

const text = (id: number) => ({ type: "string", id });
const bytes = (id: number) => ({ type: "bytes", id });
const annotations = (id: number) => ({ keyType: "string", type: "bytes", id });

/** The messages of a KMS plug-in of version 2. */
const descriptor: INamespace = {
  nested: {
    v2: {
      nested: {
        StatusRequest: { fields: {} },
        StatusResponse: { fields: { version: text(1), healthz: text(2), keyId: text(3) } },
        EncryptRequest: { fields: { plaintext: bytes(1), uid: text(2) } },
        EncryptResponse: { fields: { ciphertext: bytes(1), keyId: text(2), annotations: annotations(3) } },
        DecryptRequest: { fields: { ciphertext: bytes(1), uid: text(2), keyId: text(3), annotations: annotations(4) } },
        DecryptResponse: { fields: { plaintext: bytes(1) } },
      },
    } as INamespace,
  },
};

/** A KMS plug-in behind a unix socket. */
export function createKmsClient(configuration: KmsConfiguration, deps: { clock: Clock; uid(): string }): KmsService {
  const connection = new GrpcConnection(configuration.endpoint.slice("unix://".length), deps.clock, [async () => descriptor]);
  const timeoutSeconds = kmsTimeout(configuration) / 1000;
  const call = (method: string, request: object) =>
    connection.call(`/v2.KeyManagementService/${method}`, `v2.${method}Request`, `v2.${method}Response`, request, { timeoutSeconds });
  return {
    async status() {
      const { version, healthz, keyId } = await call("Status", {});
      return { version, healthz, keyId };
    },
    async encrypt(plaintext) {
      const answer = await call("Encrypt", { plaintext, uid: deps.uid() });
      return { wrapped: Uint8Array.from(answer.ciphertext), keyId: answer.keyId, annotations: mapOf(answer.annotations) };
    },
    async decrypt(ciphertext, keyId, given) {
      const answer = await call("Decrypt", { ciphertext, keyId, annotations: Object.fromEntries(given), uid: deps.uid() });
      return Uint8Array.from(answer.plaintext);
    },
    close: () => connection.close(),
  };
}

function mapOf(fields: Readonly<Record<string, Uint8Array>>): Map<string, Uint8Array> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, Uint8Array.from(value)]));
}
