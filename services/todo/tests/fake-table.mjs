// A table in memory with the five calls of functions/table.mjs.

export class FakeTable {
  items = new Map();

  async put(item) {
    this.items.set(keyOf(item), { ...item });
  }

  async get(key) {
    return this.items.get(keyOf(key));
  }

  async query(list, { limit, after }) {
    const ids = [...this.items.values()].filter((item) => item.list === list).map((item) => item.id);
    const rest = ids.sort().reverse().filter((id) => after === undefined || id < after);
    const page = rest.slice(0, limit);
    return {
      items: page.map((id) => this.items.get(keyOf({ list, id }))),
      last: rest.length > limit ? page.at(-1) : undefined,
    };
  }

  async update(key, changes) {
    const item = this.items.get(keyOf(key));
    if (item === undefined) return undefined;
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete item[name];
      else item[name] = value;
    }
    return item;
  }

  async delete(key) {
    const item = this.items.get(keyOf(key));
    this.items.delete(keyOf(key));
    return item;
  }
}

function keyOf({ list, id }) {
  return `${list}/${id}`;
}
