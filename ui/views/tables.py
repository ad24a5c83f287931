"""DynamoDB's tables: their items by query and scan, edited one by one or as files, and their streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError
from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers import items
from ui.readers.items import Item
from ui.readers.search import FILTERS, KINDS, SORTS, Search, search_of
from ui.readers.tables import Tables, exported, imported, key_of, key_text, records
from ui.readers.tabletypes import Found, StreamRecord, TableView
from ui.screens import Screen
from ui.words import words

screen = Screen("tables", "Tables", icon="table", key="t", summary="DynamoDB's tables, their items and streams")

SEARCH = {
    "index": "Name of a secondary index to read by",
    "partition": "Value of the partition key: a Query; without it a Scan",
    "sort": "Condition on the sort key: " + ", ".join(filter(None, SORTS)),
    "value": "What the sort key is compared with",
    "until": "The upper end of between",
    "attribute": "Only items of which this attribute passes the filter",
    "op": "How the filter compares: " + ", ".join(FILTERS),
    "kind": "What it compares with: S, N, BOOL or NULL",
    "operand": "The value it compares with",
    "order": "desc: a Query from the largest sort key",
    "after": "Where the page starts: the key of the last item before it",
}
FORM = {"form": "json, or dynamodb to name each value's type"}
SAVED = {"item": "The item as JSON", **FORM}


@dataclass(frozen=True)
class TableList:
    """Tables by name; `after` is the name after which the next page starts."""

    tables: list[TableView]
    after: str


@dataclass(frozen=True)
class TableItems:
    """Items of a table. `columns` are the attributes they have, the keys first; `problem` is why nothing was
    searched."""

    table: TableView
    search: Search
    found: Found
    columns: list[str]
    problem: str


@dataclass(frozen=True)
class ItemView:
    """One item as text: `form` is ``json`` or ``dynamodb``, `forms` those that can say it without loss."""

    table: TableView
    key: str
    text: str
    form: str
    forms: list[str]
    problem: str = ""


@dataclass(frozen=True)
class TableStream:
    """The newest records of a table's stream, newest first."""

    table: TableView
    records: list[StreamRecord]


@screen.page("/tables", "tables.html", query={"after": "The name after which the page starts"})
def tables() -> TableList:
    """DynamoDB's tables."""
    with console().aws.answering():
        return TableList(*_tables().listed(request.args.get("after", "")))


@screen.page("/tables/<name>", "table.html", query=SEARCH)
def table(name: str) -> TableItems:
    """The items of a table that a query or a scan finds."""
    with console().aws.answering():
        found = _tables().table(name)
        try:
            search = search_of(request.args)
            page = _tables().search(found, search, request.args.get("after", ""))
        except (ValueError, ClientError) as error:
            return TableItems(found, Search(), Found(), [], words(error))
    columns = dict.fromkeys([key.name for key in found.keys])
    columns |= dict.fromkeys(attribute for row in page.rows for attribute in row.values)
    return TableItems(found, search, page, list(columns), "")


@screen.page("/tables/<name>/item", "item.html", query={"key": "Its key as DynamoDB JSON", **FORM})
def item(name: str) -> ItemView:
    """One item."""
    with console().aws.answering():
        shown = _tables().table(name)
        found = _tables().item(shown, _key())
    if found is None:
        abort(404, f"{name} has no item with this key. It may have been deleted.")
    best = items.form_of(found)
    form = request.args.get("form", best)
    forms = [best] if best == "dynamodb" else list(items.FORMS)
    if form not in forms:
        abort(400, f"This item can be shown as {' or '.join(forms)}.")
    return ItemView(shown, request.args["key"], items.written(found, form), form, forms)


@screen.page("/tables/<name>/new", "item.html", query=FORM)
def new(name: str) -> ItemView:
    """A form for a new item."""
    with console().aws.answering():
        shown = _tables().table(name)
    form = request.args.get("form", "dynamodb" if any(key.type == "B" for key in shown.keys) else "json")
    if form not in items.FORMS:
        abort(400, "A new item is written as json or dynamodb.")
    blank: Item = {key.name: {"N": {"N": "0"}, "B": {"B": b""}}.get(key.type, {"S": ""}) for key in shown.keys}
    return ItemView(shown, "", items.written(blank, form), form, list(items.FORMS))


@screen.page("/tables/<name>/stream", "stream.html")
def stream(name: str) -> TableStream:
    """What a table's stream holds."""
    with console().aws.answering():
        found = _tables().table(name)
        if not found.stream_arn:
            return TableStream(found, [])
        return TableStream(found, records(console().aws.client("dynamodbstreams", scope()), found.stream_arn))


@screen.part("/tables/<name>/export")
def export(name: str) -> ResponseReturnValue:
    """Every item, a line each, as DynamoDB exports them to S3."""
    with console().aws.answering():
        reader = _tables()
        found = reader.table(name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    lines = (exported(each) for each in reader.everything(found))
    return Response(lines, content_type="application/x-ndjson; charset=utf-8", headers=headers)


@screen.action("/tables/<name>/add", fields=SAVED)
def add(name: str) -> ResponseReturnValue:
    """Put a new item."""
    return _save(name, "", lambda shown, found: _tables().add(shown, found), "The item was added.")


@screen.action("/tables/<name>/replace", fields={"key": "The item's key as DynamoDB JSON", **SAVED})
def replace(name: str) -> ResponseReturnValue:
    """Put an item in the place of the one with its key."""
    text = request.form.get("key", "")
    return _save(name, text, lambda shown, found: _tables().replace(shown, _key(), found), "The item was saved.")


@screen.action("/tables/<name>/delete", fields={"key": "The item's key as DynamoDB JSON"})
def delete(name: str) -> ResponseReturnValue:
    """Delete an item."""
    with console().aws.answering():
        _tables().delete(_tables().table(name), _key())
    flash("The item was deleted.")
    return redirect(url_for("tables.table", name=name), 303)


@screen.action("/tables/<name>/import", fields={"file": 'Lines of {"Item": …}, or a list of plain JSON objects'})
def import_items(name: str) -> ResponseReturnValue:
    """Put every item of a file; what has the same key is replaced."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        abort(400, "Choose a file to import.")
    with console().aws.answering():
        shown = _tables().table(name)
        try:
            found = imported(upload.read().decode())
            _tables().write(shown, found)
        except ValueError as error:
            abort(400, words(error))
    flash(f"{len(found)} items were imported.")
    return redirect(url_for("tables.table", name=name), 303)


def _tables() -> Tables:
    return Tables(console().aws.client("dynamodb", scope()))


def _key() -> Item:
    try:
        return key_of(request.values.get("key", ""))
    except ValueError as error:
        abort(400, f"No such key. {error}")


def _save(name: str, key: str, put: Callable[[TableView, Item], None], said: str) -> ResponseReturnValue:
    """Put what the form says; when that cannot be, show the form again with the text as it was sent."""
    text, form = request.form.get("item", ""), request.form.get("form", "json")
    if form not in items.FORMS:
        abort(400, "An item is written as json or dynamodb.")
    with console().aws.answering():
        shown = _tables().table(name)
        try:
            found = items.read(text, form)
            put(shown, found)
        except (ValueError, ClientError) as error:
            view = ItemView(shown, key, text, form, [form], _why(error))
            return render_template("item.html", **vars(view)), 400
    flash(said)
    saved = key_text({each.name: found[each.name] for each in shown.keys})
    return redirect(url_for("tables.item", name=name, key=saved), 303)


def _why(error: ValueError | ClientError) -> str:
    failed = isinstance(error, ClientError) and error.response["Error"]["Code"] == "ConditionalCheckFailedException"
    return words(error) + (" (an item has this key already, or is gone)" if failed else "")


CHOICES = {"sorts": list(SORTS.items()), "filters": list(FILTERS.items()), "kinds": list(KINDS.items())}
screen.blueprint.app_context_processor(lambda: {"table_choices": CHOICES})
