// `npm start`: a cluster on this machine, from a fresh clone. Arguments after `--` go to `kybern up`.
import { ensureBuilt, ensureInstalled, runBuilt } from "./bootstrap.js";

ensureInstalled();
ensureBuilt();
runBuilt(["up", "--setup", ...process.argv.slice(2)]);
