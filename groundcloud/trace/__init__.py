"""Traces of everything that happens, without instrumentation. See README.md."""

from groundcloud.trace.traces import Traces as Traces
from groundcloud.trace.traces import off_routes as off_routes
from groundcloud.trace.writer import Bounds as Bounds
