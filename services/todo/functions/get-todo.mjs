// GetTodo: {id, list?} → the to-do.

import { serve } from "./serve.mjs";
import { table } from "./table.mjs";
import { getTodo } from "./todos.mjs";

export const handler = serve((input) => getTodo(input, table));
