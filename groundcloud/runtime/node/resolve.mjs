// The fallback of modules.mjs for a Node.js without `module.registerHooks` (20, and 22 before 22.15): it runs in a thread
// of its own and is asked for `import` only; `require` follows NODE_PATH by itself.

import { beside, explained, isMissing, isOther, prefix } from "./modules.mjs";

let roots = [];

export function initialize(data) {
  roots = data.roots;
}

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error) || !isOther(specifier)) {
      throw error;
    }
    for (const root of roots) {
      const found = await next(specifier, { ...context, parentURL: beside(root) }).catch(() => null);
      if (found?.url.startsWith(prefix(root))) {
        return found;
      }
    }
    throw explained(error, specifier);
  }
}
