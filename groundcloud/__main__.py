"""`python -m groundcloud`: the same as the command `ground`."""

from groundcloud.cli import main

if __name__ == "__main__":
    main()
