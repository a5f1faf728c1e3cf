"""``audobon assets show``."""

from audobon_cli.cli.assets.options import One
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("show", examples=["audobon assets show k3f9x2", "audobon assets show k3f9x2 --json"])
def show(
    session: Session,
    asset: One,
) -> None:
    """Show one asset: the picture, its facts, its recipe."""
    from audobon_cli.cli.images import show_picture
    from audobon_cli.library.add import show_asset

    details = show_asset(session.workspace.library, asset)
    found = details.asset
    recipe = found.recipe.to_dict() if found.recipe else None
    relations = [{"kind": str(r.kind), "source": r.source, "target": r.target} for r in details.relations]
    data = {
        "asset": {
            **found.summary(),
            "path": details.path,
            "recipe": recipe,
            "derivation": found.derivation.to_dict() if found.derivation else None,
            "metadata": found.metadata,
            "relations": relations,
        }
    }

    def view() -> None:
        if found.format != "svg":
            show_picture(session.out.console, session.workspace.library.blobs.read(found.blob))
        for key, value in {**found.summary(), "path": details.path, **found.metadata}.items():
            if value not in ("", None, []):
                session.out.line(f"{key.replace('_', ' ') + ':':<18}{value}")
        if recipe:
            session.out.line("\nrecipe")
            for key, value in recipe.items():
                if value not in ("", None, []):
                    session.out.line(f"  {key.replace('_', ' ') + ':':<18}{value}")
        for relation in details.relations:
            other = relation.target if relation.source == found.id else relation.source
            way = "is" if relation.source == found.id else "has as"
            session.out.line(f"{way} {relation.kind} {other}")

    session.out.result(data, view=view)
