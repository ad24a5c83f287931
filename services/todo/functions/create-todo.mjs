// CreateTodo: {title, note?, due?, list?} → the to-do.

import { serve } from "./serve.mjs";
import { table } from "./table.mjs";
import { createTodo } from "./todos.mjs";

export const handler = serve((input) => createTodo(input, table), { status: 201 });
