// Makes a blank process a certain function's: started before anybody knows which, it has loaded what most functions use.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const USUAL = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"];

/** Load the usual clients from `modules`, then wait without any work for {environ, …} to be written to `fifo`. */
export function waitForDetails(modules, fifo) {
  const require = createRequire(path.join(modules, "noop.js"));
  for (const name of USUAL) {
    try {
      require(name);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") {
        throw error;
      }
    }
  }
  const details = JSON.parse(readFileSync(fifo, "utf8"));
  become(details);
  return details;
}

function become({ environ, taskRoot }) {
  // In place: modules that were loaded before keep a reference to it.
  for (const name of Object.keys(process.env)) {
    if (!(name in environ)) {
      delete process.env[name];
    }
  }
  for (const [name, value] of Object.entries(environ)) {
    if (process.env[name] !== value) {
      process.env[name] = value;
    }
  }
  process.chdir(taskRoot);
}
