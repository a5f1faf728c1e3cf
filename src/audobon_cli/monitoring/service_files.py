"""Entries with which each system keeps a monitor running."""

import re
from enum import StrEnum

from audobon_cli.backup.schedules import systemd_word


class ServiceManager(StrEnum):
    """Whose entry to print."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"


def service_text(command: tuple[str, ...], folder: str, manager: ServiceManager) -> str:
    """The entry that runs ``command`` in ``folder``, again whenever it ends, with a comment on where it goes."""
    if manager is ServiceManager.LAUNCHD:
        return _launchd(command, folder)
    return f"""\
# ~/.config/systemd/user/audobon-monitor.service
[Unit]
Description=Watch over the Audobon library

[Service]
WorkingDirectory={folder.replace("%", "%%")}
ExecStart={" ".join(systemd_word(word) for word in command)}
Restart=on-failure
RestartSec=30

[Install]
WantedBy=default.target

# Then: systemctl --user daemon-reload && systemctl --user enable --now audobon-monitor.service
# To run while nobody is logged in: loginctl enable-linger
"""


def _launchd(command: tuple[str, ...], folder: str) -> str:
    import plistlib

    entry = {
        "Label": "audobon.monitor",
        "WorkingDirectory": folder,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
    }
    text = plistlib.dumps(entry, sort_keys=False).decode()
    head, _, rest = re.sub(r"</key>\s*", "</key>", text).partition("\n")
    where = "<!-- ~/Library/LaunchAgents/audobon.monitor.plist; then: launchctl load -w THAT FILE -->"
    return f"{head}\n{where}\n{rest}"
