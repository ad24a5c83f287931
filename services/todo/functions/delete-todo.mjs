// DeleteTodo: {id, list?} → the to-do that was deleted.

import { serve } from "./serve.mjs";
import { table } from "./table.mjs";
import { deleteTodo } from "./todos.mjs";

export const handler = serve((input) => deleteTodo(input, table));
