"""``python -m audobon_cli``."""

from audobon_cli.cli.start import main

if __name__ == "__main__":
    main()
