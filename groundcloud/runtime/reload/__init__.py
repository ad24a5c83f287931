"""Hot reload: a saved file is what the next call runs, with no deployment. See README.md in this folder."""

from groundcloud.runtime.reload.store import Reload

__all__ = ["Reload"]
