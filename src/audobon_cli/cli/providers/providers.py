"""``audobon providers``: services that draw pictures elsewhere - what they offer, cost and say."""

import time
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.domain.request import GenerationRequest, ResolvedRequest

app = typer.Typer(no_args_is_help=True, help="Services that draw pictures elsewhere.")

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Providers; all if none is named.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A provider of `audobon providers list`.")]


@command(app, "list", examples=["audobon providers list", "audobon providers list --json"])
def list_(session: Session) -> None:
    """List the providers: their usual model, its price, and whether a key was found (never its value)."""
    from audobon_cli.cli.providers.views import known_data, list_view
    from audobon_cli.providers.check import list_providers

    found = list_providers(session.workspace.providers)
    session.out.result({"providers": [known_data(one) for one in found]}, lambda: list_view(session, found))


@command(app, "check", examples=["audobon providers check", "audobon providers check comfyui"])
def check(session: Session, names: Names = None) -> None:
    """Ask providers whether they are there and take the key; nothing is paid for.

    Shows the time of an answer, the price of the usual model and, of a ComfyUI server, memory and queue.
    """
    from audobon_cli.cli.providers.views import check_view, checked_data
    from audobon_cli.providers.check import check_providers

    found = check_providers(names or (), session.workspace.providers)
    session.out.result(
        {"providers": [checked_data(one) for one in found]}, lambda: check_view(session, found)
    )


@command(app, "models", examples=["audobon providers models", "audobon providers models replicate --json"])
def models(session: Session, names: Names = None) -> None:
    """List the models of providers: price, what they honour, where a figure comes from, and when they end."""
    from datetime import UTC, datetime

    from audobon_cli.cli.providers.views import model_data, models_view
    from audobon_cli.providers.check import list_remote_models

    found = list_remote_models(names or (), session.workspace.providers, datetime.now(UTC).date())
    session.out.result({"models": [model_data(one) for one in found]}, lambda: models_view(session, found))


@command(
    app,
    "test",
    examples=[
        "audobon providers test replicate --dry-run",
        'audobon providers test comfyui --dry-run --model sdxl --prompt "a castle"',
    ],
)
def try_(
    session: Session,
    name: Name,
    model: Annotated[str | None, typer.Option("--model", help="One of its models.")] = None,
    prompt: Annotated[str, typer.Option("--prompt", help="What to draw.")] = "a red apple",
    quality: Annotated[str, typer.Option("--quality", help="draft, optimized, high or ultra.")] = "draft",
    workflow: Annotated[
        str, typer.Option("--workflow", metavar="FILE", help="ComfyUI: a workflow of your own.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the exact request, the key masked; send nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")] = False,
) -> None:
    """Draw one small picture at a provider and throw it away, or with --dry-run show what would be sent."""
    from audobon_cli.cli.providers.views import preview_data, show_preview
    from audobon_cli.domain.request import GenerationRequest, ProviderChoice
    from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
    from audobon_cli.providers.check import preview

    workspace = session.workspace
    places = RemoteContext(workspace.presets, workspace.settings, _not_here, lambda: workspace.library)
    request = GenerationRequest(
        prompt, model=model, quality=quality, where=ProviderChoice(name, workflow=workflow)
    )
    resolved = resolve_remote(request, workspace.presets.provider(name), places)
    if dry_run:
        shown = preview(resolved, workspace.providers)
        session.out.result({"request": preview_data(shown)}, lambda: show_preview(session, shown))
        return
    _draw(session, resolved, yes)


@command(
    app,
    "login",
    examples=["audobon providers login replicate", "audobon providers login replicate --stdin < key"],
)
def login(
    session: Session,
    name: Name,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the key from stdin, not a prompt.")] = False,
) -> None:
    """Keep a provider's key in the keyring of this computer. Its variable goes before it."""
    from audobon_cli.cli.models.tokens import read_token
    from audobon_cli.providers.keys import keep_key

    shadowed = keep_key(name, read_token(stdin), session.workspace.providers)
    session.out.result({"provider": name}, lambda: session.out.line(f"The key for {name} is in the keyring."))
    if shadowed:
        session.out.warn(f"{shadowed} is set and goes before the keyring: unset it to use this key.")


@command(app, "logout", examples=["audobon providers logout replicate"])
def logout(session: Session, name: Name) -> None:
    """Forget the key that `login` has put into the keyring."""
    from audobon_cli.providers.keys import drop_key

    removed = drop_key(name, session.workspace.providers)
    words = f"The key for {name} was forgotten." if removed else f"There was no key for {name}."
    session.out.result({"provider": name, "removed": removed}, lambda: session.out.line(words))


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
    with Interruption(session.out) as interruption, listening(session.out) as listen:
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
