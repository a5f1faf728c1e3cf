"""``audobon recipe show``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.recipe.options import Source, find_source, source_data
from audobon_cli.cli.session import Session


@command("show", examples=["audobon recipe show dragon", "audobon recipe show sprites/dragon.png --json"])
def show(session: Session, source: Source) -> None:
    """Show how a picture was made.

    A recipe holds the prompt, the model and its digest, the seed, the settings and the versions of all libraries.
    """
    from audobon_cli.reproduction.recipe_files import recipe_toml

    found = find_source(session, source)
    session.out.result(source_data(found), lambda: session.out.line(recipe_toml(found).rstrip("\n")))
