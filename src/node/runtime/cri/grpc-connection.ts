import type { ClientReadableStream, ClientUnaryCall, Client as GrpcClient, Metadata, ServiceError } from "@grpc/grpc-js";
import type { INamespace, Type } from "protobufjs";
import type { Clock } from "../../../machinery/clock.ts";
import { RuntimeError, type RuntimeErrorCode } from "../runtime.ts";

/** gRPC's status names by number. */
const codeNames: readonly (RuntimeErrorCode | undefined)[] = [
  undefined,
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** The largest answer that is taken: containerd's own limit is 16 MiB. */
const maxMessageBytes = 32 * 1024 * 1024;

export interface CallOptions {
  /** Without one the call waits as long as it takes. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
  metadata?: Record<string, string>;
}

/** A message as plain data: field names of the .proto file, numbers for 64-bit integers, names for enums, defaults filled in. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is the descriptor's; the mapping to typed values lives next to each call.
export type WireMessage = any;

interface Loaded {
  client: GrpcClient;
  metadata(entries?: Record<string, string>): Metadata;
  type(name: string): Type;
}

/**
 * gRPC over a unix socket with a protobuf descriptor in JSON form. Loads gRPC, protobuf and the descriptor at the first call.
 * Connects on its own, and anew with back-off when the server went away; a call made while there is no connection fails with
 * `Unavailable`.
 */
export class GrpcConnection {
  readonly #socketPath: string;
  readonly #clock: Clock;
  readonly #descriptors: readonly (() => Promise<INamespace>)[];
  #loaded: Promise<Loaded> | undefined;
  #closed = false;

  constructor(socketPath: string, clock: Clock, descriptors: readonly (() => Promise<INamespace>)[]) {
    this.#socketPath = socketPath;
    this.#clock = clock;
    this.#descriptors = descriptors;
  }

  /** One request, one answer. `method` is the path, as `/runtime.v1.RuntimeService/Version`. */
  async call(
    method: string,
    requestType: string,
    responseType: string,
    request: WireMessage,
    options: CallOptions = {},
  ): Promise<WireMessage> {
    const { client, metadata, type } = await this.#load();
    options.signal?.throwIfAborted();
    const encode = type(requestType);
    const decode = type(responseType);
    return new Promise((resolve, reject) => {
      const deadline = options.timeoutSeconds === undefined ? undefined : this.#clock.now() + options.timeoutSeconds * 1000;
      const onAbort = () => call.cancel();
      const call: ClientUnaryCall = client.makeUnaryRequest(
        method,
        (value: WireMessage) => Buffer.from(encode.encode(encode.fromObject(value)).finish()),
        (bytes: Buffer) => plain(decode, bytes),
        request,
        metadata(options.metadata),
        deadline === undefined ? {} : { deadline },
        (error: ServiceError | null, response?: WireMessage) => {
          options.signal?.removeEventListener("abort", onAbort);
          if (error) reject(asRuntimeError(error));
          else resolve(response);
        },
      );
      options.signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** One request, a stream of answers until the server or the signal ends it. */
  async *stream(
    method: string,
    requestType: string,
    responseType: string,
    request: WireMessage,
    signal: AbortSignal,
  ): AsyncGenerator<WireMessage, void, undefined> {
    const { client, metadata, type } = await this.#load();
    if (signal.aborted) return;
    const encode = type(requestType);
    const decode = type(responseType);
    const call: ClientReadableStream<WireMessage> = client.makeServerStreamRequest(
      method,
      (value: WireMessage) => Buffer.from(encode.encode(encode.fromObject(value)).finish()),
      (bytes: Buffer) => plain(decode, bytes),
      request,
      metadata(),
      {},
    );
    const onAbort = () => call.cancel();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const message of call) yield message;
    } catch (error) {
      if (!signal.aborted) throw asRuntimeError(error as ServiceError);
    } finally {
      signal.removeEventListener("abort", onAbort);
      call.cancel();
    }
  }

  /** Decodes bytes of a named type, as those within an `Any`. */
  async decode(typeName: string, bytes: Uint8Array): Promise<WireMessage> {
    const { type } = await this.#load();
    return plain(type(typeName), bytes);
  }

  close(): void {
    this.#closed = true;
    this.#loaded?.then(
      ({ client }) => client.close(),
      () => {
        // What failed to load was told to each caller, and has nothing to close.
      },
    );
  }

  #load(): Promise<Loaded> {
    if (this.#closed) return Promise.reject(new RuntimeError("Canceled", "the connection to the container runtime is closed"));
    this.#loaded ??= this.#connect();
    return this.#loaded;
  }

  async #connect(): Promise<Loaded> {
    const [grpc, protobuf, ...descriptors] = await Promise.all([
      import("@grpc/grpc-js"),
      import("protobufjs/light.js"),
      ...this.#descriptors.map((load) => load()),
    ]);
    const { Root } = protobuf.default;
    const root = new Root();
    for (const descriptor of descriptors) if (descriptor.nested) root.addJSON(descriptor.nested);
    const types = new Map<string, Type>();
    const client = new grpc.Client(`unix:${this.#socketPath}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.initial_reconnect_backoff_ms": 50,
      "grpc.max_reconnect_backoff_ms": 1000,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
    });
    return {
      client,
      metadata(entries = {}) {
        const metadata = new grpc.Metadata();
        for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
        return metadata;
      },
      type(name) {
        let found = types.get(name);
        if (!found) {
          found = root.lookupType(name);
          types.set(name, found);
        }
        return found;
      },
    };
  }
}

function plain(type: Type, bytes: Uint8Array): WireMessage {
  return type.toObject(type.decode(bytes), { longs: Number, enums: String, defaults: true });
}

function asRuntimeError(error: ServiceError): RuntimeError {
  return new RuntimeError(codeNames[error.code] ?? "Unknown", error.details ?? error.message, { cause: error });
}
