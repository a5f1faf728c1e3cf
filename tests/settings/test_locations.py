"""Where the program keeps its things."""

import os

import pytest

from audobon_cli.settings.locations import _system_folders, user_locations

VARIABLES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")


@pytest.mark.parametrize("home", ["/home/somebody", "/home/somebody/", "/", "relative", "", None])
@pytest.mark.parametrize("given", ["/elsewhere", "/elsewhere/", "relative", "", None])
def test_the_folders_are_those_of_platformdirs(
    home: str | None, given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("HOME", home), *((variable, given) for variable in VARIABLES)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value and f"{value}{'' if name == 'HOME' else name}")
    found = user_locations()
    assert (found.config, found.data, found.cache, found.logs) == _system_folders()
    assert all(os.path.isabs(folder) for folder in _system_folders())
