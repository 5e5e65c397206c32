"""``kgzsl`` and ``python -m kgzsl``."""

from kgzsl.cli.app import main

if __name__ == "__main__":
    main()
