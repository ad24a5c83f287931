"""Lambda: runs functions as processes behind the real Runtime API. See README.md; `Runtime` is the way in."""

from groundcloud.runtime.service import Runtime

__all__ = ["Runtime"]
