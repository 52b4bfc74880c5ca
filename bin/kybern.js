#!/usr/bin/env node
// The `kybern` command: from a clone it installs and builds first when needed, from an installed package it just runs.
import { ensureBuilt, ensureInstalled, runBuilt } from "./bootstrap.js";

ensureInstalled();
ensureBuilt();
runBuilt(process.argv.slice(2));
