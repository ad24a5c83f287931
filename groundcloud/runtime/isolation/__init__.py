"""Where functions run: forked from a prepared parent, in a sandbox where the host allows one."""
