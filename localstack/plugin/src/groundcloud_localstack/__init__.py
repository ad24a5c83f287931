"""Groundcloud behind LocalStack: a plugin of LocalStack's, by its own seams. See ../../README.md."""
