import { changed, create, creates, get, patch, put, remove, type Sequence } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const named = (name: string, more: object = {}) => ({ metadata: { name, ...more } });

const sequences: Sequence[] = [
  {
    name: "create, read, replace, delete",
    steps: [
      create(configMaps, { ...named("a", { labels: { app: "web" } }), data: { key: "value" } }),
      get(`${configMaps}/a`),
      (answers) =>
        put(
          `${configMaps}/a`,
          changed(answers, 1, (body) => {
            body.data.other = "x";
          }),
        ),
      put(`${configMaps}/a`, named("a")),
      patch("merge", `${configMaps}/a`, { metadata: { annotations: { note: "text" } } }),
      remove(`${configMaps}/a`),
      get(`${configMaps}/a`),
    ],
  },
  ...creates(configMaps, {
    "no name": { metadata: {} },
    "generated name": { metadata: { generateName: "made-" } },
    "upper case": named("Upper"),
  }),
];

export default sequences;
