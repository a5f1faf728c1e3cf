"""What has changed in one version: its section of CHANGELOG.md, on stdout. ``python releases/notes.py 0.2.0``

Ends with status 1 where there is no such section, or the program says that it is another version: then the release is
not ready, and the pipeline stops before anything is published.
"""

import re
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def section(changelog: str, version: str) -> str:
    """The text below the heading of a version, without the heading; "" if there is none."""
    found = re.search(
        rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


def main(version: str) -> int:
    """Print the section; the exit status."""
    program = runpy.run_path(str(ROOT / "src" / "audobon_cli" / "__about__.py"))["__version__"]
    notes = section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if program != version:
        sys.stderr.write(
            f"The program is {program}, and not {version}: change src/audobon_cli/__about__.py.\n"
        )
        return 1
    if not notes:
        sys.stderr.write(
            f"CHANGELOG.md has no section [{version}]: give what is [Unreleased] that heading and its day.\n"
        )
        return 1
    sys.stdout.write(f"{notes}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].removeprefix("v")))
