"""Entries with which each system's own scheduler runs backups."""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.domain.errors import InvalidInput


class Scheduler(StrEnum):
    """Whose entry to print."""

    SYSTEMD = "systemd"
    CRON = "cron"
    LAUNCHD = "launchd"
    WINDOWS = "windows"


class Every(StrEnum):
    """How often."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Run ``commands`` one after another, as long as each ends with 0, in ``folder`` at ``hour``:``minute`` (weekly: on
    Mondays; hourly: the minute counts)."""

    commands: tuple[tuple[str, ...], ...]
    folder: str
    every: Every
    hour: int = 3
    minute: int = 17


def parse_time(text: str) -> tuple[int, int]:
    """``03:17`` as hour and minute. Raises InvalidInput."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise InvalidInput(f"{text!r} is no time of day.", hint="write it as 03:17")
    return int(match[1]), int(match[2])


def schedule_text(schedule: Schedule, scheduler: Scheduler) -> str:
    """The entry, with a comment on where it goes."""
    return {
        Scheduler.SYSTEMD: _systemd,
        Scheduler.CRON: _cron,
        Scheduler.LAUNCHD: _launchd,
        Scheduler.WINDOWS: _windows,
    }[scheduler](schedule)


def _systemd(schedule: Schedule) -> str:
    when = {
        Every.HOURLY: f"*-*-* *:{schedule.minute:02d}:00",
        Every.DAILY: f"*-*-* {schedule.hour:02d}:{schedule.minute:02d}:00",
        Every.WEEKLY: f"Mon *-*-* {schedule.hour:02d}:{schedule.minute:02d}:00",
    }[schedule.every]
    commands = "\n".join(
        "ExecStart=" + " ".join(systemd_word(word) for word in command) for command in schedule.commands
    )
    folder = schedule.folder.replace("%", "%%")
    return f"""\
# ~/.config/systemd/user/audobon-backup.service
[Unit]
Description=Back up the Audobon library

[Service]
Type=oneshot
WorkingDirectory={folder}
{commands}

# ~/.config/systemd/user/audobon-backup.timer
[Unit]
Description=Back up the Audobon library {schedule.every.value}

[Timer]
OnCalendar={when}
Persistent=true
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target

# Then: systemctl --user daemon-reload && systemctl --user enable --now audobon-backup.timer
# To run while nobody is logged in: loginctl enable-linger
"""


def systemd_word(word: str) -> str:
    """``word`` of a command as unit files take it (systemd.syntax(7))."""
    word = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$-]+", word):
        return word
    quoted = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _cron(schedule: Schedule) -> str:
    when = {
        Every.HOURLY: f"{schedule.minute} * * * *",
        Every.DAILY: f"{schedule.minute} {schedule.hour} * * *",
        Every.WEEKLY: f"{schedule.minute} {schedule.hour} * * 1",
    }[schedule.every]
    # cron takes a bare % for the end of the command.
    command = f"cd {shlex.quote(schedule.folder)} && {_chained(schedule)}".replace("%", "\\%")
    return f"# crontab -e\n{when} {command}\n"


def _chained(schedule: Schedule) -> str:
    """The commands as a shell takes them."""
    return " && ".join(map(shlex.join, schedule.commands))


def _launchd(schedule: Schedule) -> str:
    import plistlib

    times = {"Minute": schedule.minute}
    if schedule.every is not Every.HOURLY:
        times["Hour"] = schedule.hour
    if schedule.every is Every.WEEKLY:
        times["Weekday"] = 1
    entry = {
        "Label": "audobon.backup",
        "WorkingDirectory": schedule.folder,
        "ProgramArguments": list(schedule.commands[0])
        if len(schedule.commands) == 1
        else ["/bin/sh", "-c", _chained(schedule)],
        "StartCalendarInterval": times,
    }
    try:
        text = plistlib.dumps(entry, sort_keys=False).decode()
    except ValueError as error:
        raise InvalidInput(f"launchd has no way to write this: {error}.", hint="rename the folder") from error
    head, _, rest = re.sub(r"</key>\s*", "</key>", text).partition("\n")
    where = "<!-- ~/Library/LaunchAgents/audobon.backup.plist; then: launchctl load -w THAT FILE -->"
    return f"{head}\n{where}\n{rest}"


def _windows(schedule: Schedule) -> str:
    every = {Every.HOURLY: "HOURLY", Every.DAILY: "DAILY", Every.WEEKLY: "WEEKLY /D MON"}[schedule.every]
    hour = 0 if schedule.every is Every.HOURLY else schedule.hour
    commands = " && ".join(
        " ".join(f'\\"{word}\\"' if re.search(r"\s", word) else word for word in command)
        for command in schedule.commands
    )
    run = f'cmd /c cd /d \\"{schedule.folder}\\" && {commands}'
    return (
        "rem In a command prompt:\n"
        f'schtasks /Create /TN "Audobon backup" /SC {every} /ST {hour:02d}:{schedule.minute:02d} /TR "{run}"\n'
    )
