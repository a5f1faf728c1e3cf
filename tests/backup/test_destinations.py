"""Destinations of backups in the settings files."""

from pathlib import Path

import pytest

from audobon_cli.backup.destinations import Destination, load_destinations, with_destination
from audobon_cli.backup.schedules import Every, Schedule, Scheduler, schedule_text
from audobon_cli.domain.errors import BackupNotFound, SettingInvalid
from audobon_cli.settings.settings import load_settings


def test_destinations_are_added_and_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    text = '# mine\nquality = "draft"\n'
    for name, default in (("usb", True), ("nas", True), ("off-site", False)):
        text = with_destination(text, Destination(f"/mnt/{name}", name, key_file="k"), default)
        file.write_text(text)
        known = load_destinations(file)
    assert text.startswith('# mine\nquality = "draft"\n')
    assert list(known.named) == ["usb", "nas", "off-site"]
    assert known.default == "nas"
    assert known.find(None).address == "/mnt/nas"
    assert known.find("usb").key_file == "k"
    assert load_settings(file, None, {}).values.quality == "draft"


def test_a_project_adds_its_own(tmp_path: Path) -> None:
    user, project = tmp_path / "settings.toml", tmp_path / "audobon.toml"
    user.write_text(with_destination("", Destination("/a", "usb"), True))
    project.write_text(with_destination("", Destination("/b", "team"), True))
    known = load_destinations(user, project)
    assert known.default == "team"
    assert known.find("usb").address == "/a"


def test_one_destination_needs_no_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    assert load_destinations(file).named == {}
    with pytest.raises(BackupNotFound, match="No destination was named"):
        load_destinations(file).find(None)
    file.write_text(with_destination("", Destination("/a", "usb"), False))
    assert load_destinations(file).find(None).address == "/a"
    assert load_destinations(file).find("./there").address == "./there"
    with pytest.raises(BackupNotFound, match="is called 'sub'"):
        load_destinations(file).find("sub")


@pytest.mark.parametrize(
    "text",
    [
        "backup = 3",
        "[backup]\nfoo = 1",
        '[backup]\ndefault = "gone"',
        "[backup.destinations.usb]",
        "[backup.destinations.usb]\naddress = 3",
        '[backup.destinations.usb]\naddress = "/a"\ncolour = "red"',
        "[backup",
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(SettingInvalid):
        load_destinations(file)


def test_schedules_quote_what_their_systems_would_take_apart() -> None:
    schedule = Schedule((("/opt/py thon", "-m", "x", "50%"),), "/home/me/my art", Every.WEEKLY, 4, 5)
    systemd = schedule_text(schedule, Scheduler.SYSTEMD)
    assert 'ExecStart="/opt/py thon" -m x 50%%' in systemd
    assert "OnCalendar=Mon *-*-* 04:05:00" in systemd
    cron = schedule_text(schedule, Scheduler.CRON)
    assert "5 4 * * 1 cd '/home/me/my art' && '/opt/py thon' -m x 50\\%" in cron
    assert "<string>/opt/py thon</string>" in schedule_text(schedule, Scheduler.LAUNCHD)
    assert "/SC WEEKLY /D MON /ST 04:05" in schedule_text(schedule, Scheduler.WINDOWS)
