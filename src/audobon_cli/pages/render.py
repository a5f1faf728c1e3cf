"""From a template to a page. A new page is a template that extends ``base.html``, and a call of this."""

import base64
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render_page(template: str, **values: Any) -> str:
    """The page of ``template``, a name in the folder of templates.

    ``base.html`` wants a ``title`` and a ``verdict``. Every value is escaped; bytes of a picture become part of
    the page by ``data_uri``. A value that the template names and nobody gave raises jinja2.UndefinedError.
    """
    return _environment().get_template(template).render(values)


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_uri"] = data_uri
    return environment


def data_uri(picture: bytes, form: str = "png") -> str:
    """``picture``, a file of the format ``form``, as an address that holds all of it."""
    media = "svg+xml" if form == "svg" else form
    return f"data:image/{media};base64,{base64.b64encode(picture).decode()}"
