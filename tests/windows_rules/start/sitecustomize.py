"""Puts Windows' rules in force in the children of a test run that keeps them."""

import os
import sys

if os.environ.get("TESTS_WINDOWS_RULES"):
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    sys.path.append(repository)
    from tests.windows_rules.install import install_for_good

    install_for_good()
