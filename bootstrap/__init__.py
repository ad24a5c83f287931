"""This repository's scripts: which systems there are, and bringing everything up and down.

`up` starts the cloud and the console, deploys, and prints what to open; `down` ends what `up` started and nothing else.
What was started stands in ``.groundcloud/run.json``; a lock keeps two of them from working at the same time.
"""
