// Finds the handler that a function's configuration names, in CommonJS or an ES module.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { RuntimeFault } from "./errors.mjs";
import { located } from "./syntax.mjs";

const CALLBACK_ARGUMENTS = 3;
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const REMOVED =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to " +
  "modify this function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

export function isStreaming(handler) {
  return handler[STREAMING] === "response";
}

/** The function that `name` means below `root`, for instance "index.handler" or "src/app.api.get". */
export async function findHandler(root, name, { callbacks }) {
  if (name.includes("..")) {
    throw new RuntimeFault(
      "MalformedHandlerName",
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const match = /^([^.]*)\.(.*)$/.exec(base);
  if (!match) {
    throw new RuntimeFault("MalformedHandlerName", "Bad handler");
  }
  const module = await load(root, path.resolve(root, name.slice(0, name.indexOf(base))), match[1]);
  const handler = member(module, match[2]) ?? member(module?.default, match[2]);
  if (!handler) {
    throw new RuntimeFault("HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new RuntimeFault("HandlerNotFound", `${name} is not a function`);
  }
  if (!callbacks && handler.length >= CALLBACK_ARGUMENTS && !isStreaming(handler)) {
    throw new RuntimeFault("CallbackHandlerDeprecated", REMOVED);
  }
  return handler;
}

function member(value, names) {
  return names.split(".").reduce((found, name) => found?.[name], value);
}

async function load(root, folder, name) {
  const require = createRequire("/var/runtime/index.mjs");
  const file = path.join(folder, name);
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) {
      return require(file);
    }
    if (existsSync(`${file}.js`)) {
      return isModule(root, folder) ? await imported(`${file}.js`) : require(`${file}.js`);
    }
    if (existsSync(`${file}.mjs`)) {
      return await imported(`${file}.mjs`);
    }
    return require(existsSync(`${file}.cjs`) ? `${file}.cjs` : require.resolve(name, { paths: [root, folder] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeFault("UserCodeSyntaxError", String(error), located(error, root, file));
    }
    if (error?.code === "MODULE_NOT_FOUND") {
      throw new RuntimeFault("ImportModuleError", String(error));
    }
    throw error;
  }
}

function imported(file) {
  return import(pathToFileURL(file).href);
}

/** Whether the nearest package.json says that .js files are ES modules. */
function isModule(root, folder) {
  for (let place = folder; ; place = path.dirname(place)) {
    const file = path.join(place, "package.json");
    if (existsSync(file)) {
      return JSON.parse(readFileSync(file, "utf8")).type === "module";
    }
    if (place === root || place === path.dirname(place)) {
      return false;
    }
  }
}
