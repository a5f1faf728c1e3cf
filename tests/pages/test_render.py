"""What a template makes of values that nobody can trust."""

import jinja2
import pytest

from audobon_cli.pages.render import TEMPLATES, data_uri, render_page


def test_values_are_escaped_and_pictures_lie_in_the_page() -> None:
    figure = {"image": b"\x89PNG", "form": 'png" onload="x', "caption": "<i>"}
    section = {
        "kind": "changed",
        "name": "<script>",
        "asset": "&",
        "figures": [figure],
        "numbers": [],
        "rows": [],
    }
    page = render_page("history_diff.html", title="a <b>", verdict='"c"', sections=[section])
    assert "<title>a &lt;b&gt;</title>" in page
    assert "<h1>a &lt;b&gt;: &#34;c&#34;</h1>" in page
    assert "&lt;script&gt; <small>&amp;</small>" in page
    assert 'src="data:image/png&#34; onload=&#34;x;base64,iVBORw=="' in page
    assert not any(mark in page for mark in ("<script", "<i>", "http:", "https:"))


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render_page("history_diff.html", title="a", verdict="b")


def test_a_vector_says_so() -> None:
    assert data_uri(b"<svg", "svg") == "data:image/svg+xml;base64,PHN2Zw=="


def test_every_page_extends_the_base() -> None:
    pages = [path for path in TEMPLATES.glob("*.html") if path.name != "base.html"]
    assert pages
    assert all(path.read_text(encoding="utf-8").startswith('{% extends "base.html" %}') for path in pages)
