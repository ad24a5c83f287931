// The bootstrap of Node.js functions: finds the handler and takes calls for it.
//
// usage: node main.mjs DETAILS              JSON: {taskRoot, callbacks}; the environment is the function's
//        node main.mjs blank MODULES FIFO   the same JSON, with the environment as `environ`, comes later, by FIFO
//        node main.mjs                      by a wrapper: DETAILS are in _GROUNDCLOUD_ARGUMENTS (families/wrapper.py)

import { RuntimeClient } from "./client.mjs";
import { RuntimeFault } from "./errors.mjs";
import { findHandler } from "./handler.mjs";
import { LastResort, serve } from "./invoke.mjs";
import { patchConsole } from "./logging.mjs";
import { findModules } from "./modules.mjs";
import { waitForDetails } from "./preload.mjs";
import { defineAwslambda } from "./streaming.mjs";

const UNSETTLED = "The function's module waits at its top level for what never comes";

async function main() {
  const given = process.env._GROUNDCLOUD_ARGUMENTS;
  delete process.env._GROUNDCLOUD_ARGUMENTS;
  const [first, modules, fifo] = given ? JSON.parse(given) : process.argv.slice(2);
  const details = first === "blank" ? waitForDetails(modules, fifo) : JSON.parse(first);
  // As on AWS; what is ours is nobody's business.
  process.argv = [process.argv[0], "/var/runtime/index.mjs"];
  patchConsole(process.env);
  defineAwslambda();
  const client = new RuntimeClient(process.env.AWS_LAMBDA_RUNTIME_API);
  const lastResort = new LastResort(client);
  const stuck = () => lastResort.end("Uncaught Exception", new RuntimeFault("NodeJsExit", UNSETTLED));
  process.once("beforeExit", stuck);
  try {
    findModules(details.taskRoot, process.env.NODE_PATH ?? "", details.hooks);
    const handler = await findHandler(details.taskRoot, process.env._HANDLER, details);
    process.off("beforeExit", stuck);
    await serve(client, handler, lastResort, details);
  } catch (error) {
    lastResort.end("Uncaught Exception", error);
  }
}

await main();
