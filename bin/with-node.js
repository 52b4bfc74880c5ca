// Runs a TypeScript file of the project with a Node that can: `node bin/with-node.js tools/build.ts`.
import { ensureInstalled, findDevelopmentNode, run } from "./bootstrap.js";

ensureInstalled();
run(findDevelopmentNode(), process.argv.slice(2));
