"""LocalStack as the engine: an HTTP upstream for what it has, the embedded engine for what it lacks."""
