// UpdateTodo: {id, list?, and what changes: title, note, due, done} → the whole to-do.

import { serve } from "./serve.mjs";
import { table } from "./table.mjs";
import { updateTodo } from "./todos.mjs";

export const handler = serve((input) => updateTodo(input, table));
