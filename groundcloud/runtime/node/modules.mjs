// Where modules are found besides the function's own: in its layers and in what the runtime brings (NODE_PATH), for
// `require` and, as on AWS, for `import`; and nowhere above the function's folder, where the host's own modules are.

import { realpathSync } from "node:fs";
import Module, { isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const BARE = /^[^./#\\][^:]*$/;
const MISSING = new Set(["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]);
const SDK = /^@(aws-sdk|smithy)\//;

/** Take up NODE_PATH and stay inside `taskRoot`. `inThread: false` takes the way of a Node.js without sync hooks. */
export function findModules(taskRoot, nodePath, { inThread = typeof Module.registerHooks === "function" } = {}) {
  Module._initPaths();
  const folders = nodePath.split(path.delimiter).filter(Boolean).map(real).filter(Boolean);
  const roots = folders.filter((folder) => path.basename(folder) === "node_modules");
  if (inThread) {
    const inside = [real(taskRoot) ?? taskRoot, ...folders].map(prefix);
    Module.registerHooks({ resolve: (specifier, context, next) => resolve(specifier, context, next, roots, inside) });
  } else {
    Module.register("./resolve.mjs", import.meta.url, { data: { roots } });
  }
}

/** The URL that stands for a file beside `root`, from which `root` is where modules are looked for. */
export function beside(root) {
  return pathToFileURL(path.join(path.dirname(root), "noop.js")).href;
}

export function isOther(specifier) {
  return BARE.test(specifier) && !isBuiltin(specifier);
}

export function prefix(folder) {
  return pathToFileURL(folder).href + "/";
}

export function isMissing(error) {
  return MISSING.has(error?.code);
}

/** An error that also says what can be done when it is a client of the SDK that is missing. */
export function explained(error, specifier) {
  if (SDK.test(specifier)) {
    const name = specifier.split("/").slice(0, 2).join("/");
    error.message +=
      `\n(On AWS the runtime brings ${name}; here only the usual clients are installed. Add it to the function's ` +
      `package.json, or for all functions: python -m groundcloud.runtime.node_install ${name})`;
  }
  return error;
}

function resolve(specifier, context, next, roots, inside) {
  if (!isOther(specifier)) {
    return next(specifier, context);
  }
  let failure;
  try {
    const found = next(specifier, context);
    if (!found.url.startsWith("file:") || inside.some((start) => found.url.startsWith(start))) {
      return found;
    }
    failure = notFound(specifier, context);
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
    failure = error;
  }
  for (const root of roots) {
    try {
      const found = next(specifier, { ...context, parentURL: beside(root) });
      if (found.url.startsWith(prefix(root))) {
        return found;
      }
    } catch (error) {
      if (!isMissing(error)) {
        throw error;
      }
    }
  }
  throw explained(failure, specifier);
}

/** Node's own words for a module that is on the host only. */
function notFound(specifier, context) {
  const from = context.parentURL?.startsWith("file:") ? fileURLToPath(context.parentURL) : context.parentURL;
  const required = context.conditions?.includes("require");
  const message = required
    ? `Cannot find module '${specifier}'\nRequire stack:\n- ${from}`
    : `Cannot find package '${specifier}' imported from ${from}`;
  return Object.assign(new Error(message), { code: required ? "MODULE_NOT_FOUND" : "ERR_MODULE_NOT_FOUND" });
}

function real(folder) {
  try {
    return realpathSync(folder);
  } catch {
    return null;
  }
}
