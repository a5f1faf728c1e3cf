"""Operations on sounds: what comes out, measured; what makes no sense is refused."""

import itertools

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput, SoundUnusable
from audobon_cli.media.sound.decoding import read_all
from audobon_cli.media.sound.formats import SampleType
from audobon_cli.media.sound.loudness import loudness_of
from audobon_cli.media.sound.peaks import decibels_of, true_peak
from audobon_cli.media.sound.resample import resampled
from audobon_cli.media.sound.samples import DecodedSound, read_sound
from audobon_cli.media.sound.wav import read_loops
from audobon_cli.sounds.operations.convert import ConvertSound, ResampleSound
from audobon_cli.sounds.operations.denoise import DenoiseSound
from audobon_cli.sounds.operations.fade import FadeCurve, FadeSound, ReverseSound
from audobon_cli.sounds.operations.loop import LoopSound, measured
from audobon_cli.sounds.operations.mix import MixSounds
from audobon_cli.sounds.operations.normalize import NormalizeSound
from audobon_cli.sounds.operations.operation import SoundOperation
from audobon_cli.sounds.operations.split import SplitSound
from audobon_cli.sounds.operations.trim import TrimSound
from tests.media.sound_files import encoded, sampler_chunk, tone, with_chunk
from tests.sounds.samples import RATE, beep, hiss, silence, sound

STEP = 2.0**-15
"""Of 16 bits."""


def made(operation: SoundOperation, *inputs: DecodedSound) -> DecodedSound:
    """What comes out, read from its file again."""
    return read_sound(operation.run(inputs).encode(), "made")


def test_trim_takes_silence_off_both_ends_and_nothing_else() -> None:
    padded = sound(np.concatenate([silence(0.2), tone(0.3, 1000, RATE, 0.4), silence(0.5)]))
    trimmed = made(TrimSound(padding=0, fade=0), padded)
    assert abs(trimmed.frames - 0.3 * RATE) <= 2
    kept = made(TrimSound(padding=0.1, fade=0), padded)
    assert kept.frames == pytest.approx(0.5 * RATE, abs=3)
    part = TrimSound(0.25, 0.35, 0, fade=0.003).run([padded])
    assert part.facts == {"start": 0.25, "end": 0.35}
    cut = read_sound(part.encode(), "cut").samples
    inside = padded.samples[round(0.25 * RATE) : round(0.35 * RATE)]
    assert np.array_equal(cut[200:-200], inside[200:-200])
    assert abs(cut[0, 0]) < 0.01
    assert abs(cut[-1, 0]) < 0.01
    assert np.array_equal(made(TrimSound(threshold=0), padded).samples, padded.samples)


@pytest.mark.parametrize("curve", FadeCurve)
def test_fades_rise_from_silence_and_leave_the_middle_alone(curve: FadeCurve) -> None:
    steady = sound(np.full((RATE, 2), 0.5))
    faded = made(FadeSound(0.1, 0.2, curve), steady).samples
    rise, fall = round(0.1 * RATE), round(0.2 * RATE)
    assert np.array_equal(faded[rise:-fall], steady.samples[rise:-fall])
    assert (np.diff(faded[:rise, 0]) >= 0).all()
    assert (np.diff(faded[-fall:, 0]) <= 0).all()
    assert faded[0, 0] < 0.001
    assert faded[-1, 1] < 0.001
    if curve is FadeCurve.EQUAL_POWER:
        assert faded[rise // 2, 0] == pytest.approx(0.5 * np.sqrt(0.5), abs=0.001)


def test_a_set_of_sounds_comes_to_one_loudness_and_nothing_clips() -> None:
    inputs = [
        beep(seconds, hertz, peak)
        for seconds, hertz, peak in [(0.05, 900, 0.01), (0.3, 200, 0.9), (2, 3000, 0.2)]
    ]
    inputs.append(sound(hiss(1.0, 0.02)))
    for each in inputs:
        product = NormalizeSound(-23).run([each])
        out = read_sound(product.encode(), "out")
        assert loudness_of(out.samples, out.rate) == pytest.approx(-23, abs=0.05)
        assert product.facts["loudness"] == pytest.approx(-23, abs=0.01)
        assert not product.facts["limited"]
    click = np.zeros((RATE, 1))
    click[100:103, 0] = (0.2, 0.4, -0.3)
    product = NormalizeSound(-10).run([sound(click)])
    assert product.facts["limited"]
    out = read_sound(product.encode(), "out")
    assert decibels_of(true_peak(out.samples)) <= -1 + 0.01
    assert product.facts["true_peak"] == pytest.approx(-1, abs=0.02)
    assert decibels_of(true_peak(made(NormalizeSound(peak=-3.0), inputs[0]).samples)) == pytest.approx(
        -3, abs=0.03
    )


def test_a_set_that_is_changed_together_keeps_its_differences() -> None:
    loud, quiet = beep(1, 1000, 0.5), beep(1, 1000, 0.05)
    both = [NormalizeSound(-23).run([each, loud, quiet]) for each in (loud, quiet)]
    assert both[0].facts["gain"] == both[1].facts["gain"]
    assert both[0].facts["loudness"] - both[1].facts["loudness"] == pytest.approx(20, abs=0.05)


def test_the_true_peak_is_found_between_the_samples() -> None:
    # A sine at a quarter of the rate, sampled where it is at 0.707 each time.
    wave = np.sin(2 * np.pi * np.arange(RATE) / 4 + np.pi / 4)[:, None]
    assert np.abs(wave).max() == pytest.approx(np.sqrt(0.5))
    assert decibels_of(true_peak(wave[2000:])) == pytest.approx(0, abs=0.2)


def test_loops_go_round_without_a_step() -> None:
    # 441.3 Hz and a slow swell: no cut at a random place fits.
    time = np.arange(3 * RATE) / RATE
    wave = (0.4 + 0.1 * np.sin(2 * np.pi * 0.9 * time)) * np.sin(2 * np.pi * 441.3 * time)
    tonal = sound(wave[: 3 * RATE - 31, None])
    assert measured(tonal.samples, RATE)["step"] > 1
    product = LoopSound().run([tonal])
    looped = read_sound(product.encode(), "loop")
    assert product.facts["step"] < 1
    assert product.facts["level"] < 1
    assert product.facts["likeness"] > 0.95
    # Twice in a row there is no frequency in it that is not in one: nothing clicks above the tone.
    twice = np.concatenate([looped.samples[:, 0]] * 2)
    seam = twice[looped.frames - 512 : looped.frames + 512] * np.hanning(1024)
    high = np.abs(np.fft.rfft(seam))[100:]
    assert 20 * np.log10(high.max() / np.abs(np.fft.rfft(seam)).max()) < -60
    assert looped.seconds > 1.5


def test_loops_of_noise_keep_their_power_over_the_seam() -> None:
    noise = sound(hiss(3.0))
    looped = made(LoopSound(crossfade=0.2), noise).samples[:, 0]
    fade = round(0.2 * RATE)
    inside = np.sqrt((looped[fade : 2 * fade] ** 2).mean())
    over = np.sqrt((looped[-fade:][fade // 4 : -fade // 4] ** 2).mean())
    assert 20 * np.log10(over / inside) == pytest.approx(0, abs=0.5)


def test_a_seam_that_stands_out_is_told() -> None:
    rough = np.concatenate([hiss(1.0, 0.02), hiss(1.0, 0.4)])
    seam = measured(rough, RATE)
    assert seam["level"] > 10
    swept = np.concatenate([tone(1.0, 200, RATE, 0.4), tone(1.0, 3000, RATE, 0.4)])
    assert measured(swept, RATE)["tone"] > 5
    even = measured(hiss(2.0, 0.2), RATE)
    assert even["level"] < 3
    assert even["tone"] < 3


def test_loop_points_are_written_only_when_asked_for_and_foreign_ones_are_dropped() -> None:
    foreign = read_sound(with_chunk(encoded("wav", tone(1.0)), b"smpl", sampler_chunk(100, 9_000)), "f")
    assert foreign.loops
    for operation in (
        TrimSound(),
        FadeSound(0.1),
        ReverseSound(),
        LoopSound(),
        ConvertSound(),
        NormalizeSound(),
    ):
        assert read_loops(operation.run([foreign]).encode()) == [], operation.name
    looped = LoopSound(points=True).run([foreign])
    frames = looped.sound.frames
    assert read_loops(looped.encode()) == [{"start": 0, "end": frames - 1, "times": 0}]
    with_intro = LoopSound(start=0.3, intro=True).run([foreign])
    (point,) = read_loops(with_intro.encode())
    assert point["start"] == pytest.approx(with_intro.facts["start"] * RATE, abs=1)
    assert point["end"] == with_intro.sound.frames - 1


@pytest.mark.parametrize(
    ("rate", "new"), [(44_100, 48_000), (48_000, 44_100), (48_000, 22_050), (22_050, 44_100), (8_000, 48_000)]
)
def test_resampled_tones_are_those_that_the_new_rate_would_have(rate: int, new: int) -> None:
    for hertz in (97.0, 0.3 * min(rate, new)):
        before, after = tone(0.5, hertz, rate), tone(0.5, hertz, new)
        out = resampled(before, rate, new)
        assert len(out) == len(after)
        edge = new // 20
        assert np.abs(out - after)[edge:-edge].max() < STEP / 4


def test_what_the_new_rate_cannot_hold_is_filtered_out() -> None:
    out = resampled(tone(0.5, 15_000, RATE), RATE, 22_050)
    assert np.abs(out)[1_000:-1_000].max() < STEP / 8


def test_converting_keeps_what_can_be_kept() -> None:
    fine = sound(hiss(0.2, 0.5), kept=SampleType.PCM24)
    assert fine.type is SampleType.PCM24
    assert np.array_equal(made(ReverseSound(), made(ReverseSound(), fine)).samples, fine.samples)
    short = made(ConvertSound(samples="16"), fine)
    assert short.type is SampleType.PCM16
    assert np.abs(short.samples - fine.samples).max() <= STEP / 2
    floats = made(ConvertSound(samples="float"), fine)
    assert floats.type is SampleType.FLOAT
    assert np.array_equal(floats.samples, fine.samples)
    stereo = sound(np.concatenate([tone(0.2), -tone(0.2)], axis=1))
    assert not made(ConvertSound(channels=1), stereo).samples.any()
    assert made(ConvertSound(channels=2), beep(0.1)).channels == 2
    flac = ConvertSound(form="flac").run([short])
    assert flac.format == "flac"
    assert np.array_equal(read_all(flac.encode())[0], short.samples.astype(np.float32))
    ogg = ConvertSound(form="ogg")
    assert ogg.run([fine]).encode() == ogg.run([fine]).encode()


def test_dither_turns_the_steps_of_a_faint_tone_into_noise() -> None:
    faint = sound(tone(1.0, 1000, RATE, 0.4 * STEP), kept=SampleType.FLOAT)
    assert not made(ConvertSound(samples="16"), faint).samples.any()
    dithered = made(ConvertSound(samples="16", dither=True), faint).samples[:, 0]
    spectrum = np.abs(np.fft.rfft(dithered))
    assert spectrum[1:].argmax() == 999
    assert np.abs(dithered).max() <= 2 * STEP


def test_a_mix_is_the_sum_and_never_clips() -> None:
    one, other = beep(0.5, 440, 0.2), beep(0.3, 660, 0.2)
    product = MixSounds(starts=(0, 0.4), gains=(0, -6)).run([one, other])
    out = read_sound(product.encode(), "mix").samples
    assert len(out) == round(0.7 * RATE)
    assert product.facts["gain"] == 0
    expected = np.zeros((len(out), 1))
    expected[: one.frames] += one.samples
    expected[round(0.4 * RATE) :] += other.samples * 10 ** (-6 / 20)
    assert np.abs(out - expected).max() <= STEP
    loud = MixSounds().run([beep(0.5, 440, 0.9), beep(0.5, 440, 0.9)])
    assert loud.facts["gain"] < -5
    assert decibels_of(true_peak(loud.sound.samples)) <= -1
    other_rate = sound(tone(0.5, 440, 22_050, 0.2, 2), 22_050)
    mixed = MixSounds().run([one, other_rate]).sound
    assert (mixed.rate, mixed.channels) == (RATE, 2)


def test_split_finds_what_silence_parts() -> None:
    steps = [tone(length, 300, RATE, 0.4) for length in (0.1, 0.15, 0.2)]
    gaps = [silence(length) for length in (0.3, 0.12, 0.4, 0.05)]
    take = sound(
        np.concatenate(
            [part for pair in itertools.zip_longest(gaps, steps, fillvalue=silence(0)) for part in pair]
        )
    )
    found = SplitSound(padding=0).pieces(take)
    assert [(end - start) / RATE for start, end in found] == pytest.approx([0.1, 0.15, 0.2], abs=0.002)
    padded = SplitSound(padding=10).pieces(take)
    assert padded[0][0] == 0
    assert padded[-1][1] == take.frames
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(padded))
    assert len(SplitSound(every=0.25).pieces(take)) == -(-take.frames // round(0.25 * RATE))
    parts = [made(SplitSound(at=(0.5, 0.7), piece=piece), take) for piece in range(3)]
    assert sum(part.frames for part in parts) == take.frames
    stereo = sound(np.concatenate([tone(0.2), tone(0.2, 880)], axis=1))
    channels = [made(SplitSound(channels=True, piece=piece), stereo) for piece in range(2)]
    assert np.array_equal(np.concatenate([each.samples for each in channels], axis=1), stereo.samples)


def test_noise_is_taken_out_and_the_tone_stays() -> None:
    clean = np.concatenate([silence(1.0), tone(1.0, 1000, RATE, 0.3), silence(1.0)])
    noisy = sound(clean + hiss(3.0, 0.02))
    out = made(DenoiseSound(), noisy).samples
    assert len(out) == len(clean)
    quiet, loud = slice(0, RATE // 2), slice(round(1.2 * RATE), round(1.8 * RATE))
    assert 10 * np.log10((noisy.samples[quiet] ** 2).mean() / (out[quiet] ** 2).mean()) > 12
    assert (out[loud] ** 2).mean() == pytest.approx((clean[loud] ** 2).mean(), rel=0.02)
    left, before = out[loud] - clean[loud], noisy.samples[loud] - clean[loud]
    assert (left**2).mean() < 0.2 * (before**2).mean()


SILENT = sound(silence(0.5))
REFUSED: list[tuple[SoundOperation, DecodedSound, str]] = [
    (TrimSound(), SILENT, "silent"),
    (TrimSound(start=3), beep(), "ends at"),
    (FadeSound(2), beep(), "shorter than the fade"),
    (NormalizeSound(), SILENT, "silent"),
    (LoopSound(), beep(0.1), "too little"),
    (SplitSound(), SILENT, "no parts"),
    (SplitSound(piece=4), beep(), "1 parts"),
    (SplitSound(channels=True, piece=1), beep(), "no channel"),
    (SplitSound(every=1e-5), beep(5), "more than"),
    (DenoiseSound(), beep(0.05), "too short"),
    (ConvertSound(channels=2), sound(np.zeros((100, 3))), "3 channels"),
    (ResampleSound(382_999), beep(), "little in common"),
    (MixSounds(starts=(1e6,)), beep(), "would be"),
]


@pytest.mark.parametrize(("operation", "given", "why"), REFUSED, ids=[f"{o.name}-{w}" for o, _, w in REFUSED])
def test_what_makes_no_sense_is_refused(operation: SoundOperation, given: DecodedSound, why: str) -> None:
    with pytest.raises(SoundUnusable, match=why) as raised:
        operation.run([given]).encode()
    assert raised.value.hint


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        (TrimSound, {"start": 2, "end": 1}),
        (TrimSound, {"threshold": 3}),
        (FadeSound, {}),
        (FadeSound, {"fade_in": 1, "curve": "wavy"}),
        (NormalizeSound, {"loudness": -90}),
        (NormalizeSound, {"peak": 3}),
        (LoopSound, {"crossfade": -1}),
        (ResampleSound, {"rate": 0}),
        (ConvertSound, {"form": "midi"}),
        (MixSounds, {"starts": [-1]}),
        (SplitSound, {"every": 1, "channels": True}),
        (DenoiseSound, {"reduction": 0}),
    ],
)
def test_parameters_that_mean_nothing_are_refused(
    operation: type[SoundOperation], parameters: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        operation.from_parameters(parameters)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 100])
def test_the_shortest_sounds_come_through(length: int) -> None:
    tiny = sound(np.full((length, 1), 0.25))
    for operation in (
        TrimSound(),
        ReverseSound(),
        NormalizeSound(),
        ResampleSound(22_050),
        ConvertSound(channels=2),
    ):
        assert made(operation, tiny).frames >= 1
    assert made(MixSounds(), tiny, tiny).frames == length
