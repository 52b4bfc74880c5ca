import type { INamespace } from "protobufjs";
import type { GrpcConnection, WireMessage } from "../cri/grpc-connection.ts";
import { criNamespace } from "./containerd-events.ts";

const tasks = "containerd.services.tasks.v1";
const containers = "containerd.services.containers.v1";

const process = { container_id: { type: "string", id: 1 }, exec_id: { type: "string", id: 2 } };

/** The part of containerd's task API that is used here; it is the same in all versions. `Any` is the one of its events. */
export const taskDescriptor: INamespace = {
  nested: {
    containerd: {
      nested: {
        services: {
          nested: {
            containers: {
              nested: {
                v1: {
                  nested: {
                    GetContainerRequest: { fields: { id: { type: "string", id: 1 } } },
                    GetContainerResponse: { fields: { container: { type: "Container", id: 1 } } },
                    Container: { fields: { id: { type: "string", id: 1 }, spec: { type: "containerd.services.events.v1.Any", id: 5 } } },
                  },
                },
              },
            },
            tasks: {
              nested: {
                v1: {
                  nested: {
                    Empty: { fields: {} },
                    ExecProcessRequest: {
                      fields: {
                        container_id: { type: "string", id: 1 },
                        stdin: { type: "string", id: 2 },
                        stdout: { type: "string", id: 3 },
                        stderr: { type: "string", id: 4 },
                        terminal: { type: "bool", id: 5 },
                        spec: { type: "containerd.services.events.v1.Any", id: 6 },
                        exec_id: { type: "string", id: 7 },
                      },
                    },
                    StartRequest: { fields: process },
                    WaitRequest: { fields: process },
                    WaitResponse: { fields: { exit_status: { type: "uint32", id: 1 } } },
                    CloseIORequest: { fields: { ...process, stdin: { type: "bool", id: 3 } } },
                    ResizePtyRequest: { fields: { ...process, width: { type: "uint32", id: 3 }, height: { type: "uint32", id: 4 } } },
                    DeleteProcessRequest: { fields: process },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const responses: Readonly<Record<string, string>> = { Wait: `${tasks}.WaitResponse` };

/** Calls about one more process of a container. */
export class TaskApi {
  readonly #connection: GrpcConnection;

  constructor(connection: GrpcConnection) {
    this.#connection = connection;
  }

  /** The OCI specification that a container was made from. */
  async specification(containerId: string): Promise<WireMessage> {
    const { container } = await this.#connection.call(
      `/${containers}.Containers/Get`,
      `${containers}.GetContainerRequest`,
      `${containers}.GetContainerResponse`,
      { id: containerId },
      { timeoutSeconds: callTimeoutSeconds, metadata },
    );
    return JSON.parse(Buffer.from(container.spec.value).toString());
  }

  /** `Wait` takes as long as the process runs. */
  call(
    method: "Exec" | "Start" | "Wait" | "CloseIO" | "ResizePty" | "DeleteProcess",
    request: WireMessage,
    signal?: AbortSignal,
  ): Promise<WireMessage> {
    const requestType = method === "Exec" ? "ExecProcessRequest" : `${method}Request`;
    return this.#connection.call(
      `/${tasks}.Tasks/${method}`,
      `${tasks}.${requestType}`,
      // What the others answer isn't needed.
      responses[method] ?? `${tasks}.Empty`,
      request,
      { ...(method === "Wait" ? {} : { timeoutSeconds: callTimeoutSeconds }), ...(signal ? { signal } : {}), metadata },
    );
  }
}

const callTimeoutSeconds = 120;
const metadata = { "containerd-namespace": criNamespace };
