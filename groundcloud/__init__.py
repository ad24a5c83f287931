"""Groundcloud: a local-first cloud for people who build on AWS."""

__version__ = "0.1.0"
