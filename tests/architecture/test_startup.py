"""What is imported at start-up, seen from a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

LISTING = Path(__file__).with_name("listing_modules.txt")
"""Every module of ours that `assets list` may import: one more is 0.3 to 15 ms in every command. A line here is a
decision, not a repair: first see whether the import can wait until it is needed."""
OF_OTHERS = {"typer", "shellingham", "annotated_doc", "apsw"}

HEAVY = (
    *("torch", "diffusers", "transformers", "google", "numpy", "PIL", "huggingface_hub", "apsw", "keyring"),
    *(
        "requests",
        "tenacity",
        "websocket",
        "cryptography",
        "zstandard",
        "jinja2",
        "starlette",
        "uvicorn",
        "opentelemetry",
    ),
)


@pytest.mark.parametrize(
    ("argv", "allowed"),
    [
        (("--help",), ()),
        (("--version",), ()),
        (("generate", "--help"), ()),
        (("presets", "list"), ()),
        (("config", "show"), ()),
        (("models", "list"), ()),
        (("vram", "plan", "sdxl", "--gpu", "RTX 3050 6GB"), ()),
        (("vram", "gpus"), ()),
        (("sprite", "--help"), ()),
        (("backup", "--help"), ()),
        (("backup", "status"), ("apsw",)),
        (("sprite", "replay", "x"), ("apsw", "numpy")),
        (("assets", "list"), ("apsw",)),
        (("assets", "search", "cat"), ("apsw", "numpy")),
        (("generate", "x", "--quality", "wrong"), ("apsw",)),
        (("providers", "--help"), ()),
        (("usage",), ("apsw",)),
    ],
)
def test_no_heavy_package_is_imported(argv: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    script = (
        "import sys; from audobon_cli.cli.main import run; "
        f"run({argv!r}); print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(eval(ran.stderr.splitlines()[-1]))
    assert loaded <= set(allowed)


@pytest.mark.parametrize(
    "argv",
    [("presets", "list"), ("models", "list"), ("assets", "list"), ("generate", "x", "--quality", "wrong")],
)
def test_nothing_of_providers_is_imported_by_others(argv: tuple[str, ...]) -> None:
    script = (
        f"import sys; from audobon_cli.cli.main import run; run({argv!r}); "
        "names = [name for name in sys.modules if name.startswith('audobon_cli.')]; "
        "print([name for name in names if '.remote' in name.replace('.errors.remotes', '') "
        "or name == 'audobon_cli.domain.providers'])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_core_works_without_typer_and_rich() -> None:
    script = (
        "import sys; sys.modules['typer'] = sys.modules['rich'] = None\n"
        "import audobon_cli.workspace, audobon_cli.generation.run, audobon_cli.doctor.checks\n"
        "import audobon_cli.engines.registry, audobon_cli.library.add\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_list_of_all_assets_imports_nothing_of_queries() -> None:
    script = (
        "import sys; from audobon_cli.cli.main import run; run(('assets', 'list')); "
        "print([name for name in ('audobon_cli.library.store.search.query', 'audobon_cli.library.store.writer', "
        "'audobon_cli.domain.sound', 'audobon_cli.media.types', 'tomllib', 'hashlib') if name in sys.modules])"
    )
    # The first makes the library, which writes.
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_list_of_assets_imports_what_it_may(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), "red").save(tmp_path / "red.png")
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from audobon_cli.cli.main import run\n"
        "status = run(sys.argv[1:])\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)\n"
        "sys.exit(status)"
    )
    for argv in (("assets", "import", str(tmp_path / "red.png")), ("assets", "list")):
        ran = subprocess.run([sys.executable, "-c", script, *argv], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stderr.split())
    of_others = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert of_others - {"audobon_cli", "org", "msvcrt"} <= OF_OTHERS
    ours = {name for name in loaded if name.startswith("audobon_cli") and ".platforms." not in name}
    allowed = set(LISTING.read_text("utf-8").split())
    assert sorted(ours - allowed) == []
    assert sorted(allowed - ours) == [], "the list is longer than it must be"


def test_a_sound_is_made_without_what_only_pictures_and_networks_need() -> None:
    script = (
        "import sys; from audobon_cli.cli.main import run; run(('sound', 'make', 'laser', '--library-only')); "
        "print([name for name in ('torch', 'scipy', 'PIL', 'soundfile', 'soxr', 'tomllib', 'logging', 'socket', "
        "'audobon_cli.models.catalog', 'audobon_cli.models.files', 'audobon_cli.media.image', "
        "'audobon_cli.sandbox.child', 'audobon_cli.exemplars.store', 'audobon_cli.hardware', "
        "'audobon_cli.library.store.search.query') if name in sys.modules])\n"
        "import dataclasses, inspect\n"
        "print([name for name, module in sys.modules.items() if name.startswith('audobon_cli.') "
        "and vars(module).get('dataclass') is dataclasses.dataclass "
        "and '@dataclass(frozen=True, slots=True)' in inspect.getsource(module)])"
    )
    # The first parses presets.
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    needless, made_slowly = ran.stdout.splitlines()[-2:]
    assert needless == "[]"
    assert made_slowly == "[]", "see audobon_cli/dataclass.py"


@pytest.mark.parametrize("strength", ["1", "0.5"])
def test_sprites_of_the_built_in_model_are_drawn_without_torch(strength: str) -> None:
    argv = ("generate", "key", "--strength", strength, "--steps", "4", "--library-only")
    script = (
        f"import sys; from audobon_cli.cli.main import run; status = run({argv!r}); "
        "sys.exit(status or [name for name in ('torch', 'diffusers', 'transformers') if name in sys.modules] or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
