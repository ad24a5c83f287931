"""What the cloud keeps: forgetting it, all at once, by account or by service; and the time that it goes by."""

from groundcloud.state.clock import ClockRoutes
from groundcloud.state.reset import Reset

__all__ = ["ClockRoutes", "Reset"]
