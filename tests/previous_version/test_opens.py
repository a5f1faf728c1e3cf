"""What version 0.1.0 wrote means the same to this one: library, queue, history, batch, recipes, backups, settings.

``written_by_0_1_0.tar.xz`` is what make_fixture.py made. Only the command line is used, and what it prints, so that
these tests outlive every change inside. Where other processors or other versions of libraries may round otherwise,
pictures are held to the tolerance of `audobon reproduce`, and nothing else is.
"""

import hashlib
import json
import os
import platform
import shlex
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Audobon
from tests.previous_version.make_fixture import (
    BATCH_AGAIN,
    KEY,
    LATE_JOBS,
    PAID,
    PICTURES,
    PORT,
    QUEUE_AGAIN,
    ROOT,
    digests,
)

ARCHIVE = Path(__file__).parent / "written_by_0_1_0.tar.xz"
MACHINE = "x86_64"
"""What the archive was written on: compressors may give other bytes elsewhere."""

FOR_PEOPLE = frozenset({"message", "hint", "description"})
OF_TODAY = frozenset({"spent_this_month_usd"})
OF_A_RUN = frozenset({"started", "finished", "worker", "progress", "assets", "result"})
"""What differs between two runs of one job."""

TOLERANCE_LEVELS = 2.0
ALIKE = ("identical", "within tolerance")
SHEET = "sprite sheet red_apple green_apple --name apples --animations apples.toml -f json -f aseprite --out again/"

AS_THEN = """
import importlib.metadata, json, runpy, sys
versions, lines = (json.loads(text) for text in sys.argv[1:])
really = importlib.metadata.version
importlib.metadata.version = lambda name: versions.get(name) or really(name)
import audobon_cli.__about__
audobon_cli.__about__.__version__ = versions["audobon"]
for line in lines:
    sys.argv = ["audobon", *line, "--json"]
    try:
        runpy.run_module("audobon_cli", run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
"""
"""The program where all versions, which are part of each recipe, are those of then. Nothing can be drawn there
truthfully, but what was drawn can be found."""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that was written, in a folder of this test, which stands in its project and lives in its home.

    The folder is another one than then: paths in the settings, and in jobs that wait, are written anew.
    """
    with tarfile.open(ARCHIVE) as stream:
        stream.extractall(tmp_path, filter="tar")  # keeps modes
    root = tmp_path / ROOT.name
    settings = root / "home/.config/audobon/settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(str(ROOT), str(root)), encoding="utf-8")
    database = sqlite3.connect(root / "project/.audobon/audobon.db")
    with database:
        database.execute("UPDATE jobs SET request = replace(request, ?, ?)", (str(ROOT), str(root)))
    database.close()
    monkeypatch.setenv("HOME", str(root / "home"))
    monkeypatch.setenv("USER", "somebody else")
    monkeypatch.chdir(root / "project")
    return root


def expected(root: Path, name: str) -> Any:
    """A file of ``expected``."""
    return json.loads((root / "expected" / f"{name}.json").read_text(encoding="utf-8"))


def differences(then: Any, now: Any, place: str = "", but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Where ``now`` says otherwise than ``then``. Further keys are no difference, nor are further settings."""
    then, now = (_by_key(value) for value in (then, now))
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() - FOR_PEOPLE - OF_TODAY - but):
            if key in now:
                yield from differences(then[key], now[key], f"{place}.{key}", but)
            else:
                yield f"{place}.{key} is gone"
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for index, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from differences(one, other, f"{place}[{index}]", but)
    elif then != now or type(then) is not type(now):
        yield f"{place}: {then!r} -> {now!r}"


def _by_key(value: Any) -> Any:
    """A list of settings as a dictionary of them."""
    is_settings = isinstance(value, list) and value and isinstance(value[0], dict) and "key" in value[0]
    return {one["key"]: one for one in value} if is_settings else value


def said(audobon: Audobon, root: Path, words: Sequence[str]) -> Any:
    """The envelope of a command line, folders of then and now alike as ``{root}``."""
    ran = audobon(*words, "--json")
    text = json.dumps(ran.json, ensure_ascii=False)
    return json.loads(text.replace(str(root), "{root}").replace(str(ROOT), "{root}"))


def look_again(audobon: Audobon, root: Path, group: str, *more: str) -> list[str]:
    """What the commands of ``group`` say otherwise than they did; ``more`` is added to each."""
    found: list[str] = []
    names = sorted(path.stem for path in (root / "expected/looks").glob(f"{group}_*.json"))
    assert names, f"nothing was looked at in {group}"
    for name in names:
        look = expected(root, f"looks/{name}")
        now = said(audobon, root, [*look["words"], *more])
        found += differences(look["envelope"], now, name)
    return found


def show(audobon: Audobon, asset: str) -> dict[str, Any]:
    """All that is known of an asset."""
    found: dict[str, Any] = audobon("assets", "show", asset, "--json").data["asset"]
    return found


def listed(audobon: Audobon, *more: str) -> dict[str, dict[str, Any]]:
    """All assets by id."""
    assets = audobon("assets", "list", "--limit", "100", *more, "--json").data["assets"]
    return {asset["id"]: asset for asset in assets}


def alike(one: Path, other: Path) -> bool:
    """Whether two pictures are the same within the tolerance."""
    first, second = (np.asarray(Image.open(path).convert("RGBA")).astype(float) for path in (one, other))
    if first.shape != second.shape:
        return False
    for pixels in (first, second):
        pixels[..., :3] *= pixels[..., 3:] / 255
    return float(np.abs(first - second).max()) <= TOLERANCE_LEVELS


def judge(audobon: Audobon, root: Path, asset: str, name: str) -> list[str]:
    """What is other in ``asset`` than in the one that was made of the same request then."""
    then, now = expected(root, f"later/{name}")["envelope"]["data"]["asset"], show(audobon, asset)
    varying = frozenset(
        {"id", "blob", "path", "created", "duration_seconds", "size_bytes", "metadata", "relations"}
    )
    found = list(differences(then, now, name, varying | {"libraries"}))
    if not alike(root / "expected/later" / f"{name}.png", Path(now["path"])):
        found.append(f"{name} looks otherwise")
    return found


def recipes(root: Path) -> dict[str, dict[str, Any]]:
    """The recipes of all assets that have one, by id."""
    found = {}
    for path in (root / "expected/looks").glob("assets_show_*.json"):
        asset = expected(root, f"looks/{path.stem}")["envelope"]["data"]["asset"]
        if asset["recipe"]:
            found[asset["id"]] = asset["recipe"]
    return found


def versions_of_then(root: Path) -> dict[str, str]:
    """The versions of all packages that recipes name."""
    return {name: version for one in recipes(root).values() for name, version in one["libraries"].items()}


def as_then(root: Path, lines: Sequence[Sequence[str]]) -> list[Any]:
    """The data of command lines of this version, where the versions of libraries are those of then."""
    argv = [sys.executable, "-c", AS_THEN, json.dumps(versions_of_then(root)), json.dumps(lines)]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line)["data"] for line in ran.stdout.splitlines()]


def elsewhere(words: Sequence[str]) -> list[str]:
    """A command line that writes to another folder, and says what was the only way then: from words alone."""
    cut = words.index("--out")
    alone = [] if {"--strength", "--provider"} & set(words) else ["--strength", "1"]
    return [*words[:cut], *alone, "--out", "again/", *words[cut + 2 :]]


@pytest.mark.parametrize(
    "group", ["assets", "search", "version", "queue", "recipe", "backup", "usage", "settings"]
)
def test_commands_that_look_say_what_they_said(audobon: Audobon, old: Path, group: str) -> None:
    assert look_again(audobon, old, group) == []


def test_pictures_of_then_are_found_and_not_drawn_again(
    audobon: Audobon, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "no-secret")
    monkeypatch.setenv("REPLICATE_BASE_URL", f"http://127.0.0.1:{PORT}")  # nobody is there
    stored = listed(audobon)
    batch = [*shlex.split(BATCH_AGAIN), "--only", "gem"]
    *made, drawn = as_then(old, [*map(elsewhere, PICTURES), elsewhere(PAID[0]), batch])
    assets = [asset for data in made for asset in data["assets"]]
    assert [asset["prompt"] for asset in assets] == [
        "red apple", "cute dragon", "iron sword", "blue potion", "ghost", "castle",
    ]  # fmt: skip
    for asset in assets:
        assert asset["existing"]
        assert list(differences(stored[asset["id"]], asset, "", frozenset({"duration_seconds"}))) == []
    jobs = expected(old, "later/batch")["envelope"]["data"]["jobs"]
    assert drawn["counts"] == {"done": 0, "cached": 4, "failed": 0, "skipped": 0}
    assert list(differences(jobs[:4], drawn["jobs"])) == [], "its files are named by their recipes"
    assert listed(audobon) == stored


@pytest.mark.parametrize("words", PICTURES, ids=lambda words: words[1])
def test_a_request_of_then_means_the_same(audobon: Audobon, old: Path, words: tuple[str, ...]) -> None:
    then = {recipe["prompt"]: (ident, recipe) for ident, recipe in recipes(old).items()}
    ran = audobon(*elsewhere(words), "--json")
    assert ran.status == 0, ran.out
    assert ran.data["assets"]
    for asset in ran.data["assets"]:
        ident, recipe = then[asset["prompt"]]
        now = show(audobon, asset["id"])
        assert list(differences(recipe, now["recipe"], "", frozenset({"libraries"}))) == []
        assert asset["existing"] == (asset["id"] == ident)
        assert asset["existing"] == (recipe["libraries"] == now["recipe"]["libraries"])
        assert alike(Path(now["path"]), Path(show(audobon, ident)["path"]))


def test_a_batch_goes_on_with_what_is_missing(audobon: Audobon, old: Path) -> None:
    words = shlex.split(BATCH_AGAIN)
    then = expected(old, "later/batch")["envelope"]["data"]
    ran = audobon(*words, "--json")
    assert ran.status == 0, ran.out
    fresh = frozenset({"asset", "path", "status"})
    assert list(differences(then["jobs"], ran.data["jobs"], "jobs", fresh)) == []
    found: list[str] = []
    for job in ran.data["jobs"]:
        asset = show(audobon, job["asset"])
        found += judge(audobon, old, job["asset"], f"sprite_{asset['name']}_{asset['style']}")
        known = job["asset"] in recipes(old)
        assert job["status"] == ("cached" if known else "done")
        assert known == (
            job["line"] == 10 and asset["recipe"]["libraries"].items() <= versions_of_then(old).items()
        )
    assert found == []
    again = audobon(*words, "--json")
    assert again.data["counts"] == {"done": 0, "cached": 5, "failed": 0, "skipped": 0}


@pytest.mark.loopback
def test_jobs_that_waited_make_what_they_would_have_made(audobon: Audobon, old: Path) -> None:
    for words in QUEUE_AGAIN:
        assert audobon(*words, "--json").status == 0
    found: list[str] = []
    made = {}
    for number in LATE_JOBS:
        then = expected(old, f"later/job_{number}")
        now = said(audobon, old, then["words"])["data"]["job"]
        found += differences(then["envelope"]["data"]["job"], now, f"job {number}", OF_A_RUN)
        assert len(now["assets"]) == 1
        made[number] = now
    names = {
        5: "sprite_mossy_stone_none",
        6: "sprite_silver_crown_vivid",
        7: "sheet_treasure_",
        9: "sprite_torch_vivid",
    }
    for number, name in names.items():
        (asset,) = made[number]["assets"]
        if number == 7:  # frames are trimmed, so a pixel that is nearly clear may change its size
            derivation = show(audobon, asset)["derivation"]
            parents = [parent["asset"] for parent in derivation["parents"]]
            coin = audobon("queue", "show", "1", "--json").data["job"]
            assert (derivation["operation"], parents) == ("sheet", coin["assets"] + made[6]["assets"])
        else:
            found += judge(audobon, old, asset, name)
    assert found == []
    assert show(audobon, made[5]["assets"][0])["seed"] == made[5]["request"]["request"]["own_seed"]
    assert len(list((old / "project/crowns").glob("*.png"))) == 1
    counts = audobon("queue", "status", "--json").data["counts"]
    assert {name: count for name, count in counts.items() if count} == {"done": 7, "dead": 1, "cancelled": 1}
    assert [job["job"] for job in audobon("queue", "add", "x", "--json").data["jobs"]] == [10]


def test_exported_recipes_and_pngs_are_run(audobon: Audobon, old: Path) -> None:
    sources = ["recipes/apple.toml", "recipes/potion.toml", "pictures/ghost.png"]
    ran = audobon("recipe", "run", *sources, "--out", "again/", "--json")
    assert [one["source"] for one in ran.data["recipes"]] == sources
    stored = {recipe["prompt"]: ident for ident, recipe in recipes(old).items()}
    for one in ran.data["recipes"]:
        asset = one["asset"]
        if asset["id"] == stored[asset["prompt"]]:
            assert (one["status"], asset["existing"]) == ("identical", True)
        else:
            assert one["changes"], "made again, though nothing has changed"
        assert alike(
            Path(show(audobon, asset["id"])["path"]), Path(show(audobon, stored[asset["prompt"]])["path"])
        )


def test_an_exported_recipe_makes_its_picture_in_another_library(
    audobon: Audobon, old: Path, tmp_path: Path
) -> None:
    assert audobon("init", str(tmp_path / "other")).status == 0
    library = ("--library", str(tmp_path / "other"))
    audobon("recipe", "run", "recipes/apple.toml", "--out", str(tmp_path / "apple.png"), *library)
    assert alike(tmp_path / "apple.png", Path("pictures/apple.png"))
    shown = audobon("recipe", "show", str(tmp_path / "apple.png"), "--json").data["recipe"]
    then = audobon("recipe", "show", "pictures/apple.png", "--json").data["recipe"]
    assert list(differences(then, shown, "", frozenset({"libraries"}))) == []


def test_every_picture_is_reproduced(audobon: Audobon, old: Path) -> None:
    ran = audobon("reproduce", *sorted(listed(audobon)), "--json")
    found = {one["name"]: one["status"] for one in ran.data["assets"]}
    assert len(ran.data["assets"]) == 22
    bad = {name: status for name, status in found.items() if status not in ALIKE}
    assert bad == {"castle": "failed", "door": "no recipe", "start": "no recipe"}
    assert ran.json["error"]["details"]["failed"] == [show(audobon, "castle")["id"]]


def test_derived_assets_come_out_byte_for_byte(audobon: Audobon, old: Path) -> None:
    restored = ("iron_sword_outline", "iron_sword_pixelate_palette")
    assert audobon("assets", "restore", *restored).status == 0
    before = {ident: show(audobon, ident) for ident in listed(audobon)}
    derived = {ident: asset for ident, asset in before.items() if asset["derivation"]}
    assert len(derived) == 10
    assert [asset["tags"] for asset in before.values() if asset["name"] in restored] == [["boss"]] * 2
    roots = ("red_apple", "cute_dragon", "iron_sword", "ghost", "door")
    ran = audobon("sprite", "replay", *roots, "--json")
    assert ran.status == 0, ran.out
    assert {one["asset"] for one in ran.data["assets"]} == set(derived)
    then = next(iter(derived.values()))["derivation"]["libraries"]
    remade = {one["asset"] for one in ran.data["assets"] if one["status"] != "identical"}
    assert not remade or other_bytes(audobon, then)
    for ident, asset in derived.items():
        assert alike(Path(asset["path"]), Path(show(audobon, ident)["path"]))


def other_bytes(audobon: Audobon, then: dict[str, str]) -> bool:
    """Whether a packer of PNGs here may give other bytes than it did then."""
    Path("blank").mkdir()
    Image.new("RGBA", (8, 8), (255, 0, 0, 255)).save("blank/blank.png")
    audobon("assets", "import", "blank/blank.png")
    audobon("sprite", "upscale", "blank", "--factor", "2")
    now = show(audobon, "blank_upscale")["derivation"]["libraries"]
    return platform.machine() != MACHINE or {**then, "audobon": ""} != {**now, "audobon": ""}


def test_a_sheet_comes_with_the_same_data(audobon: Audobon, old: Path) -> None:
    assert audobon(*shlex.split(SHEET), "--json").status == 0
    names = sorted(path.name for path in Path("sheets").iterdir())
    assert sorted(path.name for path in Path("again").iterdir()) == names
    for name in names:
        before, now = Path("sheets", name), Path("again", name)
        if name.endswith(".json"):
            then, data = (json.loads(path.read_text(encoding="utf-8")) for path in (before, now))
            # melonJS goes by `app`: it has said since which format the file is of.
            assert list(differences(then, data, name, frozenset({"version", "app"}))) == []
        else:
            assert alike(before, now)


def test_history_goes_on(audobon: Audobon, old: Path) -> None:
    head = expected(old, "looks/version_log")["envelope"]["data"]["commits"][0]["id"]
    names = sorted(asset["name"] for asset in listed(audobon).values())
    assert audobon("version", "undo", "--json").status == 0, "the stash is taken back"
    assert show(audobon, "ghost")["tags"] == ["aside"]
    assert audobon("version", "commit", "-m", "And now", "--json").status == 0
    newest = audobon("version", "log", "--json").data["commits"][0]
    assert (newest["message"], newest["parents"], newest["author"]) == ("And now", [head], "Fixture")
    assert audobon("version", "switch", "other").status == 0
    apple, hand = show(audobon, "red_apple"), show(audobon, "hand")
    assert (apple["rating"], apple["tags"], hand["category"]) == (4, ["fruit"], "props/doors")
    assert show(audobon, "iron_sword_outline")["derivation"]["operation"] == "outline"
    assert audobon("version", "switch", "first").status == 0
    assert show(audobon, "red_apple")["rating"] is None
    assert audobon("version", "switch", "main").status == 0
    assert sorted(asset["name"] for asset in listed(audobon).values()) == names
    assert show(audobon, "ghost")["tags"] == ["aside"]
    assert audobon("version", "verify", "--json").data["problems"] == []
    assert audobon("assets", "verify", "--json").status == 0


def test_branches_are_merged_on_what_both_had_then(audobon: Audobon, old: Path) -> None:
    assert audobon("version", "commit", "-m", "And now").status == 0
    for words in (
        ("version", "branch", "third", "--at", "first"),
        ("version", "switch", "third"),
        ("assets", "tag", "red_apple", "--tag", "round"),
        ("assets", "note", "ghost", "--text", "white"),
        ("version", "commit", "-m", "Of the first"),
        ("version", "switch", "main"),
    ):
        assert audobon(*words).status == 0, words
    ran = audobon("version", "merge", "third", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (56, "version.conflicts")
    assert audobon("version", "resolve", "ghost", "--theirs").status == 0
    assert show(audobon, "ghost")["note"] == "white"
    apple = show(audobon, "red_apple")
    assert (apple["tags"], apple["rating"]) == (["fruit", "round"], 4)
    assert show(audobon, "door")["category"] == "props/doors"
    assert audobon("version", "verify", "--json").data["problems"] == []


def test_what_was_put_aside_comes_back(audobon: Audobon, old: Path) -> None:
    assert audobon("version", "commit", "-m", "And now").status == 0
    assert show(audobon, "ghost")["tags"] == []
    assert audobon("version", "unstash").status == 0
    assert show(audobon, "ghost")["tags"] == ["aside"]
    assert len(audobon("version", "status", "--json").data["changes"]) == 1


def test_recovery_points_give_back_the_very_bytes(audobon: Audobon, old: Path, tmp_path: Path) -> None:
    points = audobon("backup", "list", "--json").data["points"]
    assert [point["note"] for point in points] == ["with the queue", "before the queue"]
    for point, assets in zip(points, (22, 21), strict=True):
        folder = tmp_path / point["id"]
        assert audobon("backup", "restore", point["id"], "--to", str(folder), "--json").status == 0
        assert digests(folder) == expected(old, f"later/restored_{point['id']}")
        for path in (folder / "objects").rglob("*"):
            if path.is_file():
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name
                assert stat.S_IMODE(path.stat().st_mode) == 0o444 or not hasattr(
                    os, "fork"
                )  # Windows has no modes
        there = ("--library", str(folder))
        assert len(listed(audobon, *there)) == assets
        assert audobon("assets", "verify", *there, "--json").status == 0
    newest = ("--library", str(tmp_path / points[0]["id"]))
    objects = "{root}/project/.audobon"
    for group in ("search", "version", "queue"):
        assert look_again(audobon, old, group, *newest) == []
    for ident in listed(audobon, *newest):
        then = expected(old, f"looks/assets_show_{ident}")["envelope"]["data"]["asset"]
        now = audobon("assets", "show", ident, *newest, "--json").data["asset"]
        now["path"] = now["path"].replace(newest[1], objects)
        assert list(differences(then, now, ident)) == []


def test_the_library_goes_back_to_a_recovery_point(audobon: Audobon, old: Path) -> None:
    before = listed(audobon)
    first = audobon("backup", "list", "--json").data["points"][1]["id"]
    assert audobon("backup", "restore", first, "--into-library", "--yes", "--json").status == 0
    gone = {asset["name"] for ident, asset in before.items() if ident not in listed(audobon)}
    assert gone == {"gold_coin", "silver_bell"}
    assert audobon("queue", "list", "--json").data["jobs"] == []
    assert show(audobon, "blue_potion")["tags"] == []
    assert audobon("assets", "verify", "--json").status == 0


def test_backups_go_on_in_the_old_repository(audobon: Audobon, old: Path) -> None:
    key = ("--key-file", str(old / KEY.name))
    assert audobon("backup", "verify", "--read-data", *key, "--json").data["clean"]
    audobon("assets", "tag", "ghost", "--tag", "later")
    created = audobon("backup", "create", *key, "--json")
    assert created.status == 0, created.out
    settings = old / "home/.config/audobon/settings.toml"
    added = (created.data["added_files"], created.data["added_bytes"])
    assert added == (1, settings.stat().st_size), "nothing is sent again but the settings, see `old`"
    assert len(audobon("backup", "list", "--json").data["points"]) == 3
    verified = audobon("backup", "verify", "--read-data", "--json").data
    assert (verified["clean"], verified["points"]) == (True, 3)
    damaged = Path(show(audobon, "ghost")["path"])
    content = damaged.read_bytes()
    damaged.unlink()
    assert audobon("assets", "verify", "--json").status != 0
    assert audobon("assets", "verify", "--repair-from", "main", "--json").status == 0
    assert damaged.read_bytes() == content


def test_stored_files_stay_as_they_were(audobon: Audobon, old: Path) -> None:
    folder = old / "project/.audobon/objects"
    before = digests(folder)
    assert len(before) == 24
    assert {path.replace("/", "") for path in before} == set(before.values())
    audobon("assets", "tag", "red_apple", "--tag", "seen")
    audobon("assets", "gc", "--grace", "0", "--json")
    assert audobon("assets", "verify", "--json").data["blobs_read"] == 24
    assert digests(folder) == before
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_an_upgrade_loses_no_row(audobon: Audobon, old: Path) -> None:
    """Whatever later versions make of the database, as many rows are there of all that people made."""
    path = old / "project/.audobon/audobon.db"
    counts = {"assets": 24, "relations": 18, "history_commits": 7, "jobs": 9, "job_needs": 4, "job_assets": 3}

    def count() -> tuple[int, dict[str, int]]:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found = {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in counts}
        (version,) = database.execute("PRAGMA user_version").fetchone()
        database.close()
        return version, found

    assert count() == (5, counts)
    assert audobon("assets", "rate", "red_apple", "--stars", "3").status == 0
    version, found = count()
    assert version >= 5
    assert found == counts
    assert show(audobon, "red_apple")["rating"] == 3
