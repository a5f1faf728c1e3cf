"""What every engine promises (engines/base.py)."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from audobon_cli.contracts.clauses import Clause, ContractBroken, require
from audobon_cli.domain.errors import Interrupted
from audobon_cli.domain.events import AssetAdded, Event, ModelLoaded, ModelLoading, StepDone, ignore
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Engine, EngineFacts, Rendered, RunAware, drawing_key, never
from audobon_cli.generation.checks.registry import check_content

SEED = 7
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class EngineRig:
    """An engine on trial: how it is made, what is foretold of it, and a request for three of its pictures. ``engine``
    is one that many clauses share."""

    make: Callable[[], Engine]
    predict: Callable[[ResolvedRequest], tuple[EngineFacts, ...]]
    ask: Callable[[], ResolvedRequest]

    @cached_property
    def engine(self) -> Engine:
        """See above."""
        return self.make()

    @cached_property
    def asked(self) -> ResolvedRequest:
        """The request."""
        return self.ask()

    def drawn(self, request: ResolvedRequest, seed: int = SEED, index: int = 0) -> Rendered:
        """One picture by the shared engine."""
        return self.engine.render(request, seed, index, ignore, never)


def content_of(rendered: Rendered) -> bytes:
    """All that a content is, to be compared: a picture's pixels, a sound's samples."""
    content: Any = rendered.content
    if hasattr(content, "tobytes") and hasattr(content, "mode"):
        return f"{content.mode} {content.size} ".encode() + bytes(content.tobytes())
    if hasattr(content, "samples"):
        stream = io.BytesIO()
        stream.write(f"{content.rate} {content.samples.shape} {content.samples.dtype} ".encode())
        stream.write(content.samples.tobytes())
        return stream.getvalue()
    return repr(content).encode()


def loads_once_and_tells_its_facts(rig: EngineRig) -> None:
    """A model is loaded once, by ModelLoading and ModelLoaded, and the facts are those of recipes."""
    engine, events = rig.make(), list[Event]()
    facts = engine.load(rig.asked, events.append)
    kinds = [type(event) for event in events]
    require(kinds == [ModelLoading, ModelLoaded], f"loading sent {[kind.__name__ for kind in kinds]}")
    require(
        len(facts.model_digest) == 64, f"the digest of the model is {facts.model_digest!r}, not a SHA-256"
    )
    for name in ("engine", "device", "dtype", "scheduler"):
        require(getattr(facts, name), f"the facts say nothing of {name}")
    require(facts.libraries, "the facts name no library whose version decides the picture")
    again = engine.load(replace(rig.asked, seed=8, resolved_prompt="red sword"), events.append)
    require(again == facts, "loading the same model again gave other facts")
    require(len(events) == 2, "loading the same model again sent events")


def drawing_loads_what_it_needs(rig: EngineRig) -> None:
    """Drawing loads the model, if nobody did."""
    events = list[Event]()
    rig.make().render(rig.asked, SEED, 0, events.append, never)
    kinds = [type(event) for event in events[:2]]
    require(kinds == [ModelLoading, ModelLoaded], f"drawing began with {[kind.__name__ for kind in kinds]}")


def contents_are_as_asked_for(rig: EngineRig) -> None:
    """A picture passes the checks of `generate`, its size and mode among them; what is clear has no colour."""
    rendered = rig.drawn(rig.asked)
    problems = check_content(rendered, rig.asked)
    require(not problems, f"it fails its checks: {'; '.join(problems)}")
    if rig.asked.output.medium != IMAGE:
        return
    if rendered.image.mode == "RGBA":
        import numpy as np

        pixels = np.asarray(rendered.image)
        require((pixels[pixels[..., 3] == 0] == 0).all(), "pixels that are clear have a colour")


def a_seed_is_a_picture(rig: EngineRig) -> None:
    """Equal request and seed give equal contents, whatever came before; another seed gives another one."""
    run = [content_of(rig.drawn(rig.asked, seed, index)) for index, seed in enumerate(rig.asked.seeds())]
    alone = replace(rig.asked, seed=rig.asked.seed + 2, count=1)
    require(
        content_of(rig.drawn(alone, alone.seed)) == run[2],
        "the third of a run is another one when drawn alone",
    )
    require(run[0] != run[1], "two seeds gave the same")


def every_seed_is_taken(rig: EngineRig) -> None:
    """Seeds are from 0 to 2^63 - 1."""
    for seed in (0, LARGEST_SEED):
        rig.drawn(rig.asked, seed)


def every_step_sends_an_event(rig: EngineRig) -> None:
    """Each step sends StepDone with the picture's place in the run, and no event says that anything was kept."""
    events = list[Event]()
    rig.engine.render(rig.asked, SEED, 1, events.append, never)
    steps = [event for event in events if isinstance(event, StepDone)]
    sent = [(step.index, step.step, step.steps) for step in steps]
    count = steps[-1].steps if steps else 0
    require(count, "no StepDone was sent")
    require(sent == [(1, number, count) for number in range(1, count + 1)], f"the steps sent are {sent}")
    seconds = [step.seconds for step in steps]
    require(seconds == sorted(seconds), "the times of the steps go backwards")
    require(
        not any(isinstance(event, AssetAdded) for event in events),
        "AssetAdded was sent: engines keep nothing",
    )


def it_stops_at_the_next_step(rig: EngineRig) -> None:
    """Asked to stop it raises Interrupted at the next step, and the next picture is whole."""
    expected = content_of(rig.drawn(rig.asked))
    steps = list[Event]()
    try:
        rig.engine.render(rig.asked, SEED, 0, steps.append, lambda: bool(steps))
    except Interrupted:
        require(len(steps) == 1, f"it went on for {len(steps)} steps after it was told to stop")
    else:
        last = steps[-1] if len(steps) == 1 else None
        require(isinstance(last, StepDone) and last.steps == 1, "it drew on although it was told to stop")
    require(content_of(rig.drawn(rig.asked)) == expected, "the picture after a stop is another one")


def it_does_not_begin_when_stopped(rig: EngineRig) -> None:
    """Told to stop before it begins it raises Interrupted and draws nothing."""
    rig.engine.load(rig.asked, ignore)
    events = list[Event]()
    try:
        rig.engine.render(rig.asked, SEED, 0, events.append, lambda: True)
    except Interrupted:
        require(not any(isinstance(event, StepDone) for event in events), "it did a step")
        return
    raise ContractBroken("it drew although it was told to stop")


def facts_are_predicted(rig: EngineRig) -> None:
    """The facts of loading are among those that the predictor foretold: by them the library finds what it has."""
    facts, predicted = rig.engine.load(rig.asked, ignore), rig.predict(rig.asked)
    require(facts in predicted, f"loading gives {facts}, which is none of {predicted}")


def what_is_not_of_the_picture_changes_nothing(rig: EngineRig) -> None:
    """Fallbacks, time-outs and the number of pictures change no picture."""
    alone = content_of(rig.drawn(replace(rig.asked, count=1)))
    other = replace(rig.asked, fallbacks=(rig.asked,), timeout_seconds=9.0)
    require(content_of(rig.drawn(other, index=2)) == alone, "the picture is another one")


def a_run_begins_as_often_as_one_likes(rig: EngineRig) -> None:
    """The beginning of another run changes nothing."""
    before = content_of(rig.drawn(rig.asked))
    if isinstance(rig.engine, RunAware):
        rig.engine.begin_run()
    require(content_of(rig.drawn(rig.asked)) == before, "the picture is another one")


def drawn_together_as_drawn_alone(rig: EngineRig) -> None:
    """Pictures drawn in one call are those drawn alone, but for rounding, and one at least is given."""
    together = [(replace(rig.asked, resolved_prompt=words), seed) for words, seed in (("owl", 7), ("cat", 8))]
    require(
        len({drawing_key(request) for request, _ in together}) == 1,
        "requests of a kind have two drawing keys",
    )
    events = list[Event]()
    drawn = rig.engine.render_together(together, 1, events.append, never)
    require(1 <= len(drawn) <= len(together), f"{len(drawn)} of {len(together)} were given")
    indices = {event.index for event in events if isinstance(event, StepDone)}
    require(indices == {1}, f"the steps name the places {sorted(indices)} and not 1")
    for (request, seed), rendered in zip(together, drawn, strict=False):
        require(rendered.problems == (), f"it found problems of its own: {rendered.problems}")
        require(
            _nearly(rendered, rig.drawn(request, seed)),
            "a picture drawn with others is not the one drawn alone",
        )


def _nearly(one: Rendered, other: Rendered) -> bool:
    """Whether two contents are the same; of pictures, but for a level of 255: sums are ordered differently."""
    if not hasattr(one.content, "mode"):
        return content_of(one) == content_of(other)
    import numpy as np

    pixels, others = (np.asarray(each.image).astype(np.int16) for each in (one, other))
    return pixels.shape == others.shape and bool(np.abs(pixels - others).max() <= 1)


def drawing_together_stops_too(rig: EngineRig) -> None:
    """Drawing several is interrupted as drawing one, and works again afterwards."""
    together = [(rig.asked, SEED), (rig.asked, SEED + 1)]
    rig.engine.load(rig.asked, ignore)
    try:
        rig.engine.render_together(together, 0, ignore, lambda: True)
    except Interrupted:
        require(rig.engine.render_together(together, 0, ignore, never), "nothing was drawn after a stop")
        return
    raise ContractBroken("it drew although it was told to stop")


ENGINE_CLAUSES: tuple[Clause[EngineRig], ...] = (
    loads_once_and_tells_its_facts,
    drawing_loads_what_it_needs,
    contents_are_as_asked_for,
    a_seed_is_a_picture,
    every_seed_is_taken,
    every_step_sends_an_event,
    it_stops_at_the_next_step,
    it_does_not_begin_when_stopped,
    facts_are_predicted,
    what_is_not_of_the_picture_changes_nothing,
    a_run_begins_as_often_as_one_likes,
    drawn_together_as_drawn_alone,
    drawing_together_stops_too,
)
