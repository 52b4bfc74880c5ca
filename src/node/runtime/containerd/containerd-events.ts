import type { INamespace } from "protobufjs";
import type { WireMessage } from "../cri/grpc-connection.ts";
import type { ContainerEvent } from "../runtime.ts";

/**
 * containerd's own event stream, on the same socket as CRI. Its CRI tells no events before 1.7, and this stream is there in all
 * versions.
 */
export const subscribeMethod = "/containerd.services.events.v1.Events/Subscribe";
export const subscribeRequest = "containerd.services.events.v1.SubscribeRequest";
export const publishMethod = "/containerd.services.events.v1.Events/Publish";
export const publishRequest = "containerd.services.events.v1.PublishRequest";
export const publishResponse = "containerd.services.events.v1.PublishResponse";
export const eventEnvelope = "containerd.services.events.v1.Envelope";

/** CRI's containers live in this containerd namespace. */
export const criNamespace = "k8s.io";

/** The part of containerd's event API that is used here; the events themselves share their first two fields. */
export const eventsDescriptor: INamespace = {
  nested: {
    containerd: {
      nested: {
        services: {
          nested: {
            events: {
              nested: {
                v1: {
                  nested: {
                    SubscribeRequest: { fields: { filters: { rule: "repeated", type: "string", id: 1 } } },
                    PublishRequest: { fields: { topic: { type: "string", id: 1 }, event: { type: "Any", id: 2 } } },
                    PublishResponse: { fields: {} },
                    Timestamp: { fields: { seconds: { type: "int64", id: 1 }, nanos: { type: "int32", id: 2 } } },
                    Any: { fields: { type_url: { type: "string", id: 1 }, value: { type: "bytes", id: 2 } } },
                    Envelope: {
                      fields: {
                        timestamp: { type: "Timestamp", id: 1 },
                        namespace: { type: "string", id: 2 },
                        topic: { type: "string", id: 3 },
                        event: { type: "Any", id: 4 },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        events: {
          nested: {
            TaskExit: { fields: { container_id: { type: "string", id: 1 }, id: { type: "string", id: 2 } } },
            ContainerId: { fields: { id: { type: "string", id: 1 } } },
          },
        },
      },
    },
  },
};

const taskTypes: Record<string, ContainerEvent["type"]> = {
  "/tasks/start": "started",
  "/tasks/exit": "stopped",
  "/tasks/oom": "oom",
  "/containers/create": "created",
  "/containers/delete": "deleted",
};

/**
 * containerd doesn't tell when a subscription stands: its first sign of life is the first event. So the subscriber publishes one of
 * its own, which nobody else heeds, until it comes back.
 */
export const subscribedTopic = "/kybern/subscribed";

export const eventFilters: readonly string[] = [...Object.keys(taskTypes), subscribedTopic].map(
  (topic) => `namespace==${criNamespace},topic=="${topic}"`,
);

/** The event that an envelope tells; undefined for those of exec'd processes and of other namespaces. */
export async function eventOf(
  envelope: WireMessage,
  decode: (type: string, bytes: Uint8Array) => Promise<WireMessage>,
): Promise<ContainerEvent | undefined> {
  const type = taskTypes[envelope.topic];
  if (!type || envelope.namespace !== criNamespace || !envelope.event) return undefined;
  const at = (envelope.timestamp?.seconds ?? 0) * 1000 + (envelope.timestamp?.nanos ?? 0) / 1e6;
  if (type !== "stopped") return { type, id: (await decode("containerd.events.ContainerId", envelope.event.value)).id, at };
  const exit = await decode("containerd.events.TaskExit", envelope.event.value);
  return exit.id === exit.container_id ? { type, id: exit.container_id, at } : undefined;
}
