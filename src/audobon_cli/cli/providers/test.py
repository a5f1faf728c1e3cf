"""``audobon providers test``."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Name
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.domain.request import GenerationRequest, ResolvedRequest


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """What to draw to try a provider, as it was typed."""

    model: Annotated[str | None, typer.Option("--model", help="One of its models.")] = None
    prompt: Annotated[str, typer.Option("--prompt", help="What to draw.")] = "a red apple"
    quality: Annotated[str, typer.Option("--quality", help="draft, optimized, high or ultra.")] = "draft"
    workflow: Annotated[
        str, typer.Option("--workflow", metavar="FILE", help="ComfyUI: a workflow of your own.")
    ] = ""
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", help="Time limit for the picture, in seconds; 0: none.", min=0
        ),
    ] = None


@command(
    "test",
    examples=[
        "audobon providers test replicate --dry-run",
        'audobon providers test comfyui --dry-run --model sdxl --prompt "a castle"',
    ],
)
def try_(
    session: Session,
    name: Name,
    trial: TrialOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the exact request, with the key masked; send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False,
) -> None:
    """Draw one small picture at a provider; keep nothing.

    With --dry-run only the request is shown.
    """
    from audobon_cli.cli.providers.views import preview_data, show_preview
    from audobon_cli.domain.request import GenerationRequest, ProviderChoice
    from audobon_cli.generation.resolve.remote import RemoteContext, check_online, resolve_remote
    from audobon_cli.providers.check import preview, smallest_side

    workspace = session.workspace
    places = RemoteContext(workspace.presets, workspace.settings, _not_here, lambda: workspace.library)
    preset = workspace.presets.provider(name)
    where = ProviderChoice(name, workflow=trial.workflow)
    request = GenerationRequest(trial.prompt, model=trial.model, quality=trial.quality, where=where)
    resolved = resolve_remote(request, preset, places)
    remote = resolved.model.remote
    if remote is not None and (side := smallest_side(remote)):
        resolved = resolve_remote(replace(request, size=str(side)), preset, places)
    if trial.timeout is not None:
        resolved = resolved.with_timeout(trial.timeout or None)
    if not dry_run:
        check_online(workspace.settings, name)
    if dry_run:
        shown = preview(resolved, workspace.providers)
        session.out.result({"request": preview_data(shown)}, lambda: show_preview(session, shown))
        return
    _draw(session, resolved, yes)


def _not_here(request: "GenerationRequest") -> NoReturn:
    raise InvalidInput("local is this machine: there is nothing to test.", hint="see `audobon doctor`")


def _draw(session: Session, request: "ResolvedRequest", yes: bool) -> None:
    """One picture, as `generate` asks for it, but not kept."""
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.spending_views import confirm_spending

    confirm_spending(session, [request], yes, fresh=True)
    engine = session.workspace.engine_anywhere()
    began = time.monotonic()
    with (
        Interruption(session.out, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        rendered = engine.render(request, request.seed, 0, listen, interruption.should_stop)
    seconds = time.monotonic() - began
    receipt = rendered.receipt or {}
    data = {
        "receipt": receipt,
        "seconds": round(seconds, 3),
        "size": f"{rendered.image.width}x{rendered.image.height}",
    }
    words = f"{request.provider} drew {data['size']} in {seconds:.1f} s for ${receipt.get('price_usd', 0):g}."
    session.out.result(data, lambda: session.out.line(words))
