import { WireReader } from "../../machinery/schema/wire-reader.ts";
import { WireWriter } from "../../machinery/schema/wire-writer.ts";

/** How the key of a state was wrapped: a key for AES-GCM, or a seed of such keys. */
export const keySource = { key: 0, seed: 1 } as const;

/** What is stored of a state whose key a KMS has wrapped: upstream's protobuf message. */
export interface EncryptedObject {
  data: Uint8Array;
  keyId: string;
  wrappedKey: Uint8Array;
  annotations: ReadonlyMap<string, Uint8Array>;
  source: number;
}

const bytesType = 2;
const varintType = 0;

export function encodeEncryptedObject({ data, keyId, wrappedKey, annotations, source }: EncryptedObject): Uint8Array {
  // What comes last is written first.
  const writer = new WireWriter(data.length + wrappedKey.length + 256);
  if (source !== 0) {
    writer.varint(source);
    writer.tag(5, varintType);
  }
  for (const [name, value] of [...annotations].reverse()) {
    const entry = new WireWriter(name.length + value.length + 16);
    entry.bytes(value);
    entry.tag(2, bytesType);
    entry.text(name);
    entry.tag(1, bytesType);
    writer.bytes(entry.finish());
    writer.tag(4, bytesType);
  }
  writer.bytes(wrappedKey);
  writer.tag(3, bytesType);
  writer.text(keyId);
  writer.tag(2, bytesType);
  writer.bytes(data);
  writer.tag(1, bytesType);
  return writer.finish();
}

export function decodeEncryptedObject(bytes: Uint8Array): EncryptedObject {
  const reader = new WireReader(bytes);
  const annotations = new Map<string, Uint8Array>();
  const object = { data: new Uint8Array(0), keyId: "", wrappedKey: new Uint8Array(0), annotations, source: 0 };
  while (!reader.done) {
    const tag = reader.varint();
    switch (tag >>> 3) {
      case 1:
        object.data = reader.bytes().slice();
        break;
      case 2:
        object.keyId = reader.text();
        break;
      case 3:
        object.wrappedKey = reader.bytes().slice();
        break;
      case 4: {
        const entry = reader.message();
        let name = "";
        let value = new Uint8Array(0);
        while (!entry.done) {
          const inner = entry.varint();
          if (inner >>> 3 === 1) name = entry.text();
          else if (inner >>> 3 === 2) value = entry.bytes().slice();
          else entry.skip(inner & 7);
        }
        annotations.set(name, value);
        break;
      }
      case 5:
        object.source = reader.varint();
        break;
      default:
        reader.skip(tag & 7);
    }
  }
  check(object);
  return object;
}

const longestKeyId = 1024;
const longestWrappedKey = 1024;

function check({ data, keyId, wrappedKey, source }: EncryptedObject): void {
  if (source !== keySource.key && source !== keySource.seed) throw new Error(`unknown encryptedDEKSourceType: ${source}`);
  if (data.length === 0) throw new Error("encrypted data is empty");
  if (wrappedKey.length === 0) throw new Error("failed to validate encrypted DEK source: encrypted DEK source is empty");
  if (wrappedKey.length > longestWrappedKey) {
    throw new Error(
      `failed to validate encrypted DEK source: encrypted DEK source is ${wrappedKey.length} bytes, which exceeds the max size of ${longestWrappedKey}`,
    );
  }
  checkKeyId(keyId, "failed to validate key id: ");
}

/** Throws what upstream has against the name of a key. */
export function checkKeyId(keyId: string, prefix = ""): void {
  if (keyId === "") throw new Error(`${prefix}keyID is empty`);
  if (keyId.length > longestKeyId) {
    throw new Error(`${prefix}keyID is ${keyId.length} bytes, which exceeds the max size of ${longestKeyId}`);
  }
}
