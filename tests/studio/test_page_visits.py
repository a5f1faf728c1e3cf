"""Files and passwords in a real browser: dropped, pasted and picked by keys; in by the form and out again."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from tests.sprites.browser import Page, browser, chromium
from tests.studio.serving import Studio, fill, nobody_left, png, serving
from tests.studio.test_page import press
from tests.studio.test_page_work import AXE, RULES

pytestmark = [
    pytest.mark.peer,
    pytest.mark.loopback,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]

SECRET = "correct horse battery"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as tab:
        yield tab


@pytest.fixture
def open_studio(library: Library, page: Page) -> Iterator[Studio]:
    """A studio over three assets, open in the browser."""
    fill(library, 3)
    with nobody_left(library), serving(library.root, "--port", "0", "--offline") as studio:
        page.open("about:blank")
        page.open(studio.address)
        page.until("document.querySelectorAll('.cell .open').length === 3")
        yield studio


def hold(page: Page, files: dict[str, bytes]) -> None:
    """Have ``files`` in the page, as ``held``, which is what a drop, the clipboard and the picker hand over."""
    bytes_of = "Uint8Array.from(atob('{}'), (one) => one.charCodeAt(0))"
    made = ", ".join(
        f"new File([{bytes_of.format(base64.b64encode(data).decode())}], {json.dumps(name)})"
        for name, data in files.items()
    )
    page.run(f"window.held = new DataTransfer(); for (const one of [{made}]) held.items.add(one); 0")


_SENT = "document.body.dispatchEvent(new {}('{}', {{{}: held, bubbles: true, cancelable: true}})) || true"
DROP = _SENT.format("DragEvent", "drop", "dataTransfer")
PASTE = _SENT.format("ClipboardEvent", "paste", "clipboardData")
PICKED = (
    "HTMLInputElement.prototype.click = function () {"
    " this.files = held.files; this.dispatchEvent(new Event('change')); }; 0"
)
"""Instead of the system's dialog."""


def violations(page: Page) -> list[str]:
    """What axe finds."""
    if AXE is None:
        return []
    page.run(AXE.read_text() + ";0")
    script = f"axe.run(document, {{runOnly: {RULES}}}).then((shown) => shown.violations.map((one) => one.id))"
    found: list[str] = page.run(script)
    return found


def test_files_are_dropped_pasted_and_picked_and_each_says_what_became_of_it(
    page: Page, open_studio: Studio, library: Library
) -> None:
    said = "document.querySelector('#uploads [role=status]')?.innerText"
    hold(
        page,
        {
            "one.png": png(8, "one"),
            "two.png": png(8, "two"),
            "bad.png": b"nothing",
            "again.png": png(8, "one"),
        },
    )
    page.run(DROP)
    page.until(f"{said} === '2 files imported, 1 in the library already, 1 refused.'")
    rows = page.run("[...document.querySelectorAll('#uploads li')].map((one) => one.innerText)")
    assert (rows[0], rows[1], rows[3]) == ("one: imported", "two: imported", "one: in the library already")
    assert rows[2].startswith("bad.png: This is no picture or sound that can be read")
    assert rows[2].endswith("picture.unreadable")
    page.until("document.querySelectorAll('.cell .open').length === 5")
    assert violations(page) == []
    page.run("document.querySelectorAll('#uploads .bar button')[1].click()")
    page.until("document.querySelectorAll('.cell .open').length === 3")
    assert library.assets.count() == 3
    hold(page, {"image.png": png(8, "clipboard")})
    page.run(PASTE)
    page.until(f"{said} === '1 file imported.'")
    assert page.run("document.querySelector('#uploads li').innerText").startswith("pasted 20")
    page.run(PICKED)
    hold(page, {"three.png": png(8, "three")})
    page.run("document.querySelector('#import').focus()")
    press(page, "Enter", "\r")
    page.until(
        f"{said} === '1 file imported.' && document.querySelector('#uploads li').innerText === 'three: imported'",
    )
    page.until("document.querySelectorAll('.cell .open').length === 5")
    page.run("document.querySelector('#uploads .bar button').click()")
    assert page.run("document.activeElement.id") == "import"
    page.run("document.querySelector('.open').focus()")
    hold(page, {f"{n}.png": png(8, "x") for n in range(501)})
    page.run(DROP)
    page.until("document.querySelector('#toast').innerText.startsWith('501 files')")
    assert library.assets.count() == 5
    assert page.said == []


def test_a_picture_to_begin_with_comes_from_the_disk(
    page: Page, open_studio: Studio, library: Library
) -> None:
    page.run("location.hash = '#/generate'")
    page.until("document.activeElement.id === 'make-prompt'")
    page.call("Input.insertText", text="cute dragon")
    page.run(PICKED)
    hold(page, {"sketch.png": png(16, "sketch")})
    page.run("document.querySelector('#make-from button').focus()")
    press(page, "Enter", "\r")
    page.until("document.querySelector('#make-from a')?.innerText === 'sketch'")
    (asset,) = library.assets.search("sketch").assets
    page.run(
        "window.asked = []; const before = fetch; window.fetch = (address, options) => {"
        " if (options?.body) asked.push([address, JSON.parse(options.body)]); return before(address, options); }; 0"
    )
    page.run("document.querySelector('#make-use').value = 'reference'")
    page.run("document.querySelector('#make-use').dispatchEvent(new Event('change', {bubbles: true}))")
    page.until("asked.some(([address]) => address.endsWith('/plan'))")
    assert page.run("asked.at(-1)[1].reference") == [asset.id]
    page.run("document.querySelector('#make-use').value = 'init_image'")
    page.run("document.querySelector('#make-use').dispatchEvent(new Event('change', {bubbles: true}))")
    page.until(f"asked.at(-1)[1].init_image === '{asset.id}'")
    assert violations(page) == []
    hold(page, {"bad.png": b"nothing"})
    page.run(DROP)
    page.until(
        "document.querySelector('#make-from [role=alert]')?.innerText.startsWith('This is no picture')"
    )
    assert page.run("document.querySelector('#make-from a').innerText") == "sketch"
    hold(page, {"rows.txt": b"red apple\nblue potion\n"})
    page.run(DROP)
    page.until("document.querySelector('#toast').innerText.startsWith('2 jobs queued')")
    assert page.said == []


def test_a_password_lets_in_and_log_out_ends_it_in_every_tab(
    page: Page, library: Library, tmp_path: Path
) -> None:
    fill(library, 3)
    secret = tmp_path / "studio-password"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with serving(library.root, "--port", "0", "--password-file", str(secret)) as studio:
        page.open("about:blank")
        page.open(f"http://{studio.host}/")
        page.until("document.activeElement?.id === 'password'")
        assert page.run("document.querySelector('nav').checkVisibility()") is False
        assert violations(page) == []
        page.call("Input.insertText", text="wrong")
        press(page, "Enter", "\r")
        page.until(
            "document.querySelector('#login-trouble').innerText.startsWith('This is not the password')"
        )
        page.until("document.querySelector('#login-form button').disabled === false")
        page.call("Input.insertText", text=SECRET)
        press(page, "Enter", "\r")
        page.until("document.querySelectorAll('.cell .open').length === 3")
        assert (
            page.run("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
            == "{}{}"
        )
        assert page.run("document.querySelector('#password').value") == ""
        assert page.run("document.querySelector('#login').hidden")
        page.run("document.querySelector('#log-out').focus()")
        press(page, "Enter", "\r")
        page.until("document.activeElement?.id === 'password'")
        assert page.run("fetch('/api/v1/assets').then(({status}) => status)") == 401
        assert page.said == []
