"""``python -m opentrd``."""

from opentrd.cli import main

if __name__ == "__main__":
    main()
