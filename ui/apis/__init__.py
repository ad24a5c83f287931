"""Requests to APIs of the user, and what a browser makes of their CORS headers: pure functions."""
