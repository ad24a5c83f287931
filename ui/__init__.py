"""The console: a small Flask application that shows what the local cloud does."""
