"""CREDITS.md: the page that goes with a game."""

from audobon_cli.credits.owed import SetCredits

SILENT = "nothing in the file says whose it is: find out before you publish"


def credits_page(found: SetCredits) -> str:
    """The page in Markdown; equal input, equal text."""
    lines = ["# Credits", ""]
    if found.hands.owed:
        lines += ["## Drawings", "", "Pictures are composed of drawings by:", ""]
        lines += [
            f"- {_text(one.attribution)} ({one.licence}): {', '.join(one.things)}" for one in found.hands.owed
        ]
        lines.append("")
    if found.models:
        lines += ["## Models", ""]
        for model in found.models:
            terms = f"terms of {model.provider}" if model.provider else f"licence: {model.licence}"
            lines.append(f"- {_text(model.model)} ({terms})")
            lines += [
                f"  - taught with {_text(each.name)}{f' ({_text(each.licence)})' if each.licence else ''}"
                for each in model.sources
            ]
        lines.append("")
    if found.imported:
        lines += ["## Files of others", ""]
        for one in found.imported:
            said = ", ".join(_text(each) for each in (one.author, one.copyright, one.licence) if each)
            lines.append(f"- {_text(one.name)}: {said or SILENT}")
        lines.append("")
    if len(lines) == 2:
        lines += ["Nothing is owed to anybody.", ""]
    return "\n".join(lines)


def _text(text: str) -> str:
    """``text`` so that Markdown shows it as it is."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|" else each for each in text)
