"""Encrypts the libraries of the children of a test run with ``--encrypted``."""

import os
import sys

if os.environ.get("TESTS_ENCRYPTED"):
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    sys.path.append(repository)
    from tests.encrypted import install

    install()
