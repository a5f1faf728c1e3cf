"""What is in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL_LIMIT_BYTES = 60_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_carries_presets_model_and_licences(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for preset in (ROOT / "presets").rglob("*.toml"):
        assert f"audobon_cli/presets/data/{preset.relative_to(ROOT / 'presets').as_posix()}" in names
    for schema in (ROOT / "docs/schemas").iterdir():
        assert f"audobon_cli/studio/schemas/{schema.name}" in names
    for template in (ROOT / "src/audobon_cli/pages/templates").iterdir():
        assert f"audobon_cli/pages/templates/{template.name}" in names
    assert "audobon_cli/builtin/sprite/model_index.json" in names
    assert "audobon_cli/builtin/sprite/README.md" in names
    assert {
        f"audobon_cli/builtin/exports/{name}" for name in ("exports.json", "unet.onnx", "scorer.onnx")
    } <= names
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_model_in_the_wheel_stays_small(wheel: zipfile.ZipFile) -> None:
    parts = ("/builtin/sprite/", "/builtin/scorer/")
    size = sum(info.file_size for info in wheel.infolist() if any(part in info.filename for part in parts))
    assert size <= MODEL_LIMIT_BYTES
