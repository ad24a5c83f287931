"""Debugging: the next call of a function waits for a debugger. See README.md in this folder."""
