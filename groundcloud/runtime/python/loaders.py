"""Loaders of botocore's models that have parsed, before the fork, what most functions ask for.

By botocore's own hook for new sessions (`botocore.register_initializer`) each session gets a `PreparedLoader` where it
would make a `Loader`. One that is told to search other folders (`AWS_DATA_PATH`, `data_path` in a configuration file,
or a folder added to `search_paths`) looks and parses for itself, as botocore's own does.
"""

from __future__ import annotations

import gzip
import json

import botocore
from botocore.loaders import JSONFileLoader, Loader, create_loader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Files(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Reads botocore's files as plain dicts, whose order is that of the file as well, and documentation as "".

    What the parent of functions holds is a fifth smaller by that, and what a function touches of it lies closer
    together: each page it writes to, if only to count a reference, it gets a copy of.
    """

    def load_file(self, file_path: str) -> Any:
        """What ``{file_path}.json`` or ``{file_path}.json.gz`` holds; None when there is neither."""
        for name, read in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            try:
                with read(name, "rb") as file:
                    return json.loads(file.read(), object_pairs_hook=_undocumented)
            except FileNotFoundError:
                continue
        return None


def _undocumented(members: list[tuple[str, Any]]) -> dict[str, Any]:
    # A shape may have a member of this name, which is a dict.
    return {name: "" if name == "documentation" and type(value) is str else value for name, value in members}


class PreparedLoader(Loader):  # type: ignore[misc]  # botocore has no types
    """A loader of its own session that asks `prepared` as long as both search the same folders.

    What is parsed is shared by the sessions of one function, as any session's is by all its clients.
    """

    def __init__(self, prepared: Loader, more: list[str]) -> None:
        """`more`: folders that a session may search besides or not, as boto3's own for its resources."""
        super().__init__()
        self._prepared = prepared
        self._more = more

    def _source(self) -> Any:
        paths = [path for path in self.search_paths if path not in self._more]
        same = paths == [path for path in self._prepared.search_paths if path not in self._more]
        return self._prepared if same else super()

    def list_available_services(self, *args: Any, **options: Any) -> Any:
        return self._source().list_available_services(*args, **options)

    def determine_latest_version(self, *args: Any, **options: Any) -> Any:
        return self._source().determine_latest_version(*args, **options)

    def list_api_versions(self, *args: Any, **options: Any) -> Any:
        return self._source().list_api_versions(*args, **options)

    def load_service_model(self, *args: Any, **options: Any) -> Any:
        return self._source().load_service_model(*args, **options)

    def load_data_with_path(self, *args: Any, **options: Any) -> Any:
        return self._source().load_data_with_path(*args, **options)


def hand_out(prepared: Loader, more: list[str]) -> None:
    """Give every session that is made from now on a loader that asks `prepared`."""

    def initialize(session: Any) -> None:
        def loader() -> Loader:
            # Asked when botocore would: a session may be told another profile after it was made.
            path = session.get_config_variable("data_path")
            return create_loader(path) if path is not None else PreparedLoader(prepared, more)

        session.lazy_register_component("data_loader", loader)

    botocore.register_initializer(initialize)
