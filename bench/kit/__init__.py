"""The test kit's figures: `python -m bench.kit`."""
