// ListTodos: {list?, limit?, next?} → {todos, next}, newest first.

import { serve } from "./serve.mjs";
import { table } from "./table.mjs";
import { listTodos } from "./todos.mjs";

export const handler = serve((input) => listTodos(input, table));
