"""Networks that listen: each kind says what a bare call of it says."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from audobon_cli.domain.errors import InvalidInput, ModelDamaged
from audobon_cli.domain.events import Event, Progress, ignore
from audobon_cli.domain.model import Model
from audobon_cli.engines.base import never
from audobon_cli.engines.listening.answer import CAPTIONERS, LABELLED, PICTURED
from audobon_cli.engines.listening.listen import captions_of, listen
from audobon_cli.engines.listening.loading import KINDS, load_listener
from audobon_cli.engines.listening.networks import LabelChooser
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.models.catalog import find_model
from audobon_cli.models.files.single_network import SINGLE_NETWORKS
from audobon_cli.presets.catalog import Presets, shipped_presets
from tests.capabilities.probing import tiny_registry
from tests.media.sound_files import encoded, tone
from tests.tiny_models import captioners
from tests.tiny_models import listeners as tiny

BUILDERS: dict[str, Callable[[Path], Path]] = {
    "ASTForAudioClassification": tiny.build_ast,
    "BlipForConditionalGeneration": captioners.build_blip,
    "CLIPModel": tiny.build_clip,
    "ClapModel": tiny.build_clap,
    "GitForCausalLM": captioners.build_git,
    "HubertForSequenceClassification": partial(tiny.build_wave_classifier, kind="Hubert"),
    "Qwen2AudioForConditionalGeneration": tiny.build_qwen_audio,
    "SiglipModel": tiny.build_siglip,
    "VisionEncoderDecoderModel": captioners.build_vit_gpt2,
    "Wav2Vec2ForCTC": tiny.build_speller,
    "Wav2Vec2ForSequenceClassification": tiny.build_wave_classifier,
    "WavLMForSequenceClassification": partial(tiny.build_wave_classifier, kind="WavLM"),
    "WhisperForConditionalGeneration": tiny.build_whisper,
}
WAVE = np.sin(np.arange(2000) / 5).astype(np.float32)
LABELS = ("rain", "door")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    folder = tmp_path_factory.mktemp("listeners")
    registry = tiny_registry(folder / "presets")
    torch.set_num_threads(1)

    def built(kind: str) -> Model:
        place = folder / kind
        return find_model(str(place if place.exists() else BUILDERS[kind](place)), registry)

    return built


@pytest.fixture
def sounds(library: Library, tmp_path: Path) -> Library:
    """A library with a short and a long sound, of other rates than the networks', and two pictures."""
    for name, seconds in (("blip", 0.02), ("hum", 0.7)):
        (tmp_path / f"{name}.wav").write_bytes(encoded(samples=tone(seconds, 300, channels=2)))
        import_files(library, ImportRequest((tmp_path / f"{name}.wav",)))
    for name, colour in (("leaf", "green"), ("rose", "red")):
        Image.new("RGBA", (40, 24), colour).save(tmp_path / f"{name}.png")
        import_files(library, ImportRequest((tmp_path / f"{name}.png",)))
    return library


def test_every_class_that_listens_has_a_kind_and_a_family() -> None:
    assert set(KINDS) == set(BUILDERS) == set(SINGLE_NETWORKS) - {"MusicgenForConditionalGeneration"}
    presets = Presets((("built-in", shipped_presets()),))
    for name in SINGLE_NETWORKS:
        family = presets.sole_family(name)
        assert family is not None
        assert family.produces == ("description" if name in KINDS else "sound")


@pytest.mark.parametrize("kind", BUILDERS)
def test_each_kind_says_the_same_twice(models: Callable[[str], Model], sounds: Library, kind: str) -> None:
    model, events = models(kind), list[Event]()
    labels = LABELS if kind in LABELLED else ()
    medium = "image" if kind in PICTURED else "sound"
    assets = [asset for asset in sounds.assets.matching("") if asset.media.medium == medium]
    heard = listen(model, sounds, assets, labels, events.append, never, "cpu")
    assert [asset.name for asset, _ in heard] == [asset.name for asset in assets]
    assert heard == listen(model, sounds, assets, labels, ignore, never, "cpu")
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 1, 2]
    assert any(said.labels or said.text for _, said in heard)
    for _, said in heard:
        assert not (said.labels and said.text)
        assert said.text.isprintable()
        chances = [chance for _, chance in said.labels]
        assert chances == sorted(chances, reverse=True)
        assert all(0 <= chance <= 1 for chance in chances)


def test_classes_and_labels_are_those_of_a_bare_call(models: Callable[[str], Model]) -> None:
    from transformers import AutoFeatureExtractor, AutoTokenizer, ClapModel, Wav2Vec2ForSequenceClassification

    folder = models("Wav2Vec2ForSequenceClassification").folder
    bare = Wav2Vec2ForSequenceClassification.from_pretrained(folder)
    inputs = AutoFeatureExtractor.from_pretrained(folder)(WAVE, sampling_rate=4000, return_tensors="pt")
    with torch.no_grad():
        expected = torch.softmax(bare(**inputs).logits[0], -1)
    said = load_listener(models("Wav2Vec2ForSequenceClassification"), "cpu").hear(WAVE, ())
    assert dict(said.labels) == pytest.approx(
        dict(zip(tiny.CLASSES, expected.tolist(), strict=True)), abs=1e-4
    )

    folder = models("ClapModel").folder
    words = AutoTokenizer.from_pretrained(folder)(
        [f"This is a sound of {label}." for label in LABELS], padding=True, return_tensors="pt"
    )
    waves = AutoFeatureExtractor.from_pretrained(folder)(WAVE, sampling_rate=4000, return_tensors="pt")
    with torch.no_grad():
        near = torch.softmax(ClapModel.from_pretrained(folder)(**words, **waves).logits_per_audio[0], -1)
    chosen = load_listener(models("ClapModel"), "cpu").hear(WAVE, LABELS)
    assert dict(chosen.labels) == pytest.approx(dict(zip(LABELS, near.tolist(), strict=True)), abs=1e-4)


def test_wrong_questions_are_refused(models: Callable[[str], Model], sounds: Library) -> None:
    assets = sounds.assets.matching("kind:sound")
    with pytest.raises(InvalidInput, match="is no image"):
        listen(models("CLIPModel"), sounds, assets, LABELS, ignore, never, "cpu")
    with pytest.raises(InvalidInput, match="is no sound"):
        listen(models("ClapModel"), sounds, sounds.assets.matching(""), LABELS, ignore, never, "cpu")
    for kind, labels, words in (
        ("ClapModel", (), "chooses among labels"),
        ("ClapModel", ("rain", " rain "), "there are 1"),
        ("ASTForAudioClassification", LABELS, "--labels has no effect"),
    ):
        with pytest.raises(InvalidInput, match=words):
            listen(models(kind), sounds, assets, labels, ignore, never, "cpu")


def test_what_prepares_sounds_may_be_damaged(models: Callable[[str], Model], tmp_path: Path) -> None:
    registry = tiny_registry(tmp_path / "presets")
    folder = tiny.build_ast(tmp_path / "ast")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelDamaged, match="prepares sounds"):
        load_listener(find_model(str(folder), registry), "cpu")


def test_clap_says_how_like_words_a_sound_is(models: Callable[[str], Model]) -> None:
    from transformers import AutoTokenizer

    network = load_listener(models("ClapModel"), "cpu")
    assert isinstance(network, LabelChooser)
    bare, words = network._network, AutoTokenizer.from_pretrained(models("ClapModel").folder)
    read = words(["rain"], return_tensors="pt")
    heard = network._extractor(WAVE, sampling_rate=network.rate, return_tensors="pt")
    with torch.no_grad():
        text = bare.text_projection(bare.text_model(**read)[1])
        sound = bare.audio_projection(bare.audio_model(**heard)[1])
    assert network.similarity(WAVE, "rain") == pytest.approx(
        float(torch.nn.functional.cosine_similarity(text, sound)[0]), abs=1e-5
    )
    # Of what is longer than it was trained on, the beginning: always the same.
    longest = network._extractor.nb_max_samples
    noise = np.random.default_rng(1).standard_normal(3 * longest).astype(np.float32)
    assert network.similarity(noise, "rain") == network.similarity(noise[:longest], "rain")


@pytest.mark.parametrize("kind", CAPTIONERS)
def test_captions_are_those_of_a_bare_call(
    models: Callable[[str], Model], sounds: Library, kind: str
) -> None:
    import transformers

    model = models(kind)
    pictures = [asset for asset in sounds.assets.matching("") if asset.media.medium == "image"]
    files = [partial(sounds.blobs.read, asset.blob) for asset in pictures]
    said = captions_of(model, files, ignore, never, "cpu")
    bare = getattr(transformers, kind).from_pretrained(model.folder).eval()
    words = transformers.AutoTokenizer.from_pretrained(model.folder)
    look = transformers.AutoImageProcessor.from_pretrained(model.folder)
    for asset, caption in zip(pictures, said, strict=True):
        plain = Image.new("RGB", (40, 24), "green" if asset.name == "leaf" else "red")
        tokens = bare.generate(**look(plain, return_tensors="pt"), max_new_tokens=64, do_sample=False)
        expected = words.batch_decode(tokens, skip_special_tokens=True)[0]
        printable = "".join(one if one.isprintable() else " " for one in expected)
        assert caption == " ".join(printable.split())
    with pytest.raises(InvalidInput, match="writes no captions"):
        captions_of(models("CLIPModel"), files, ignore, never, "cpu")
