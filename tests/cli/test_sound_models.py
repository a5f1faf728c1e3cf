"""Sounds of models: made, filed, found again, queued and reproduced as pictures are."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import soundfile

from tests.conftest import Audobon
from tests.tiny_models.families import TINY_SOUNDS
from tests.tiny_models.listeners import build_ast, build_clap

RAIN = ("sound", "make", "rain on a roof", "--length", "0.2", "--seed", "3", "--steps", "2")


def known(audobon: Audobon, *families: str) -> None:
    for family in families:
        assert (
            audobon("models", "add", str(TINY_SOUNDS[family].folder()), "--name", f"my-{family}").status == 0
        )


def samples(path: str) -> np.ndarray:
    read, _ = soundfile.read(path, dtype="int16", always_2d=True)
    return np.asarray(read)


def test_a_model_makes_files_and_finds_its_sounds_again(audobon: Audobon) -> None:
    known(audobon, "stable-audio")
    command = (*RAIN, "--model", "my-stable-audio", "--negative", "wind", "--guidance", "3")
    made = audobon(*command, "--out", "a/", "--events")
    assert made.status == 0, made.err
    lines = [json.loads(line) for line in made.out.splitlines()]
    told = [line["event"] for line in lines if "event" in line]
    assert told[:4] == ["strategy_chosen", "model_loading", "model_loaded", "image_started"]
    assert told.count("step") == 2
    assert told[-1] == "image_filed"
    assert lines[0]["size"] == "0.20 s"
    (asset,) = lines[-1]["data"]["assets"]
    assert (asset["kind"], asset["format"], asset["model"]) == ("sound", "wav", "my-stable-audio")
    assert samples(asset["path"]).shape == (400, 2)
    again = audobon(*command, "--out", "b/", "--json").data["assets"][0]
    assert (again["id"], again["existing"]) == (asset["id"], True)
    recipe = audobon("recipe", "show", asset["id"], "--json").data["recipe"]
    assert (recipe["engine"], recipe["model_family"], recipe["steps"]) == ("local", "stable-audio", 2)
    assert recipe["output"] == {"medium": "sound", "rate": 2000, "seconds": 0.2, "patch": None}
    assert recipe["negative"] == "wind"
    (proof,) = audobon("reproduce", asset["id"], "--json").data["assets"]
    assert proof["status"] == "identical"
    assert audobon("recipe", "export", asset["id"], "--to", "rain.toml").status == 0
    (rerun,) = audobon("recipe", "run", "rain.toml", "--redraw", "--json").data["recipes"]
    assert rerun["status"] == "identical"


def test_the_queue_and_a_mixed_batch_make_them(audobon: Audobon) -> None:
    known(audobon, "musicgen")
    Path("game.toml").write_text(
        '[[job]]\nprompt = "red apple"\nseed = 1\nstrength = 0\n'
        '[[job]]\nprompt = "coin"\nkind = "sound"\nseed = 1\n'
        '[[job]]\nprompt = "calm tune"\nkind = "sound"\nmodel = "my-musicgen"\nlength = 0.1\nseed = 2\n'
    )
    plan = audobon("generate", "--batch", "game.toml", "--plan")
    assert plan.status == 0, plan.err
    made = audobon("generate", "--batch", "game.toml", "--json")
    assert made.status == 0, made.err
    listed = audobon("assets", "list", "--json").data["assets"]
    assert {(one["kind"], one["model"]) for one in listed} == {
        ("sprite", "sprite"),
        ("sound", "synth"),
        ("sound", "my-musicgen"),
    }
    assert audobon("generate", "--batch", "game.toml", "--json").status == 0
    assert len(audobon("assets", "list", "--json").data["assets"]) == 3
    Path("more.toml").write_text(
        '[[job]]\nprompt = "wild tune"\nkind = "sound"\nmodel = "my-musicgen"\nlength = 0.1\nseed = 2\n'
    )
    assert audobon("queue", "add", "--batch", "more.toml").status == 0
    ran = audobon("queue", "run")
    assert ran.status == 0, ran.err
    (tune,) = audobon("assets", "search", '"wild tune"', "--json").data["assets"]
    alone = audobon(
        *("sound", "make", "wild tune", "--model", "my-musicgen", "--length", "0.1", "--seed", "2"),
        *("--redraw", "--out", "w.wav", "--json"),
    ).data["assets"][0]
    assert alone["blob"] == tune["blob"]


def test_a_plan_tells_what_would_be_made(audobon: Audobon) -> None:
    known(audobon, "longcat-audio")
    plan = audobon(*RAIN, "--model", "my-longcat-audio", "--plan", "--json")
    assert plan.status == 0, plan.err
    (request,) = plan.data["plan"]["requests"]
    assert request["model"] == "my-longcat-audio"
    assert audobon("assets", "list", "--json").data["assets"] == []


def test_wrong_requests_are_refused_before_anything_is_loaded(audobon: Audobon) -> None:
    known(audobon, "musicgen")
    for options, words in (
        (("--model", "sprite"), "The model sprite makes no sound: it makes images."),
        (("--model", "my-musicgen", "--length", "99"), "outside"),
        (("--model", "my-musicgen", "--length", "nan"), "takes a number"),
        (("--model", "my-musicgen", "--set", "pitch=+2st"), "--set has no effect"),
        (("--model", "my-musicgen", "--negative", "wind"), "--negative has no effect"),
        (("--model", "my-musicgen", "--style", "8-bit"), "does not know the style"),
        (("--model", "nothing"), "no model called"),
        (("--model", "stable-audio-3-small-sfx"), "cannot be run: its weights are published"),
        (("--model", "audioldm2"), "has not been pulled"),
        (("--steps", "4"), "--steps has no effect on synth"),
    ):
        refused = audobon("sound", "make", "rain", *options)
        assert refused.status != 0, options
        assert words in refused.err, (options, refused.err)
        assert "hint: " in refused.err
    pull = audobon("models", "pull", "hf:stabilityai/stable-audio-3-small-sfx")
    assert "cannot be run" in pull.err
    assert "stable-audio-3-medium" in pull.err
    Path("row.toml").write_text('[[job]]\nprompt = "x"\nkind = "sound"\nmodel = "sprite"\n')
    assert "makes no sound" in audobon("generate", "--batch", "row.toml").err
    picture = audobon("generate", "x", "--model", "my-musicgen", "--size", "64")
    assert "--size has no effect" in picture.err
    assert audobon("assets", "list", "--json").data["assets"] == []


def test_values_that_are_no_numbers_are_not_filed(audobon: Audobon, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(TINY_SOUNDS["stable-audio"].folder(), tmp_path / "broken")
    file = folder / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["decoder.conv2.weight_v"][:] = np.nan
    save_file(weights, file, {"format": "pt"})
    refused = audobon(*RAIN, "--model", str(folder), "--out", "bad.wav")
    assert refused.status != 0
    assert "values are not finite" in refused.err
    assert not Path("bad.wav").exists()
    assert audobon("assets", "list", "--json").data["assets"] == []


def test_a_folder_that_lost_a_weight_is_damaged(audobon: Audobon, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    for family, part, name in (
        ("stable-audio", "projection_model/diffusion_pytorch_model", ""),
        ("audioldm2", "language_model/model", ""),
        ("musicgen", "model", ""),
    ):
        folder = shutil.copytree(TINY_SOUNDS[family].folder(), tmp_path / family)
        file = folder / f"{part}.safetensors"
        weights = load_file(file)
        del weights[name or sorted(weights)[0]]
        save_file(weights, file, {"format": "pt"})
        refused = audobon(*RAIN[:-2], "--model", str(folder))
        assert refused.status != 0
        assert "lacks 1 weight" in refused.err, refused.err


def test_sounds_go_to_stdout(audobon: Audobon) -> None:
    known(audobon, "audioldm")
    made = audobon(*RAIN, "--model", "my-audioldm", "--out", "-")
    assert soundfile.info(io.BytesIO(made.raw)).frames == 400


def test_networks_describe_and_tag_sounds(audobon: Audobon, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert audobon("sound", "make", "coin", "--seed", seed, "--library-only").status == 0
    for name, build in (("ears", build_ast), ("chooser", build_clap)):
        assert audobon("models", "add", str(build(tmp_path / name))).status == 0
    listed = audobon("models", "list", "--json").data["models"]
    assert {one["family"] for one in listed if one["name"] in ("ears", "chooser")} == {
        "audio-classifier",
        "clap",
    }
    heard = audobon("sound", "describe", "kind:sound", "--model", "ears", "--json")
    assert heard.status == 0, heard.err
    assert [len(one["labels"]) for one in heard.data["sounds"]] == [5, 5]
    shown = audobon("sound", "describe", "kind:sound", "--model", "chooser", "--labels", "coin, rain")
    assert shown.status == 0, shown.err
    assert "coin" in shown.out
    assert "%" in shown.out
    tagged = audobon(
        *("assets", "tag", "kind:sound", "--auto", "--model", "chooser", "--labels", "coin, rain", "--json")
    )
    assert tagged.status == 0, tagged.err
    likely = audobon("assets", "list", "--json").data["assets"]
    assert all(set(one["tags"]) <= {"coin", "rain"} and one["tags"] for one in likely)
    assert audobon("undo", "--yes").status == 0
    assert [one["tags"] for one in audobon("assets", "list", "--json").data["assets"]] == [[], []]
    for command, words in (
        (("sound", "describe", "kind:sound", "--labels", "a, b"), "--labels needs a model"),
        (("sound", "describe", "kind:sound", "--model", "chooser"), "chooses among labels"),
        (("sound", "describe", "kind:sound", "--model", "sprite"), "describes no sounds"),
        (("sound", "describe", "kind:sound", "--model", "clap"), "has not been pulled"),
        (("assets", "tag", "kind:sound", "--tag", "x", "--model", "ears"), "say what --auto hears with"),
        (("sound", "make", "rain", "--model", "ears"), "describes sounds, and makes nothing"),
        (("generate", "rain", "--model", "ears"), "describes sounds, and makes nothing"),
        (("vram", "plan", "ears"), "no memory forecast"),
    ):
        refused = audobon(*command)
        assert refused.status != 0, command
        assert words in refused.err, (command, refused.err)
