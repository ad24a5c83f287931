// Where a syntax error is. Node.js tells file and line of one in CommonJS; of one in an ES module only when a program
// ends by it, so the files are checked again, each by a process of its own that runs nothing of them. Ours: AWS's
// trace of such an error names no file.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";

const MOST_FILES = 100;
const CHECK_MS = 5000;
const MODULES = new Set([".mjs", ".js"]);

/** The stack of a syntax error met while `first` (without or with its extension) was loaded, headed by file and line. */
export function located(error, root, first) {
  const stack = String(error.stack);
  if (stack.includes(root)) {
    return stack;
  }
  const files = modulesBelow(root).sort((one, two) => two.startsWith(first) - one.startsWith(first));
  for (const file of files) {
    const checked = spawnSync(process.execPath, ["--check", file], { env: {}, encoding: "utf8", timeout: CHECK_MS });
    const [where] = (checked.stderr ?? "").split("\n\n");
    if (checked.status && checked.stderr.includes(String(error)) && where.includes(file)) {
      return `${where}\n${stack}`;
    }
  }
  return stack;
}

function modulesBelow(folder, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (found.length >= MOST_FILES || entry.name === "node_modules" || entry.name.startsWith(".")) {
      continue;
    }
    if (entry.isDirectory()) {
      modulesBelow(file, found);
    } else if (MODULES.has(path.extname(entry.name))) {
      found.push(file);
    }
  }
  return found;
}
