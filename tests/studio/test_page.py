"""The page in a real browser: what it shows, by keyboard alone; and what another page of the same browser gets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobDraft, JobKind
from audobon_cli.queue.open import open_queue
from tests.sprites.browser import Page, browser, chromium, served
from tests.studio.serving import Studio, fill, png, serving

pytestmark = [
    pytest.mark.peer,
    pytest.mark.loopback,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]

MANY = 600
NASTY = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as tab:
        yield tab


@pytest.fixture
def open_studio(library: Library, page: Page) -> Iterator[Studio]:
    """A studio over many assets, open in the browser."""
    fill(library, MANY)
    add_assets(
        library, [(AssetDraft(NASTY, AssetKind.SPRITE, ImageInfo(8, 8, "RGBA"), prompt=NASTY), png(8, NASTY))]
    )
    with serving(library.root) as studio:
        page.open("about:blank")
        page.open(studio.address)
        page.until("document.querySelectorAll('.cell').length > 5")
        yield studio


def press(page: Page, key: str, text: str = "", moment: float | None = None) -> None:
    """A key, down and up; at ``moment`` in seconds since 1970, or now."""
    extra: dict[str, object] = {"text": text} if text else {}
    if moment is not None:
        extra["timestamp"] = moment
    page.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=key)


def test_find_look_and_come_back_by_keyboard_alone(page: Page, open_studio: Studio) -> None:
    assert page.run("location.hash") == "#/"  # the token is gone from the address and the history
    assert page.run("document.cookie") == ""
    page.until(f"document.querySelector('#found').innerText === '{MANY + 1:,} assets'")
    assert page.run("document.querySelector('.cell .words span').innerText") == NASTY
    assert page.run("document.title") == "Audobon Studio"
    press(page, "/", "/")
    page.until("document.activeElement.id === 'query'")
    page.call("Input.insertText", text="knight_7")
    page.until("document.querySelector('#found').innerText === '11 assets found'")
    page.until("document.querySelectorAll('.open').length === 11")
    for _ in range(20):
        press(page, "Tab")
        if page.run("document.activeElement.className === 'open'"):
            break
    assert page.run("document.activeElement.className") == "open"
    press(page, "ArrowRight")
    page.until("document.activeElement.closest('.cell')?.dataset.place === '1'")
    name = page.run("document.activeElement.querySelector('.words span').innerText")
    press(page, "Enter", "\r")
    page.until(f"document.querySelector('#asset-name').innerText === {json.dumps(name)}")
    page.until("document.querySelector('.stage img').naturalWidth === 8")
    press(page, "+", "+")
    press(page, "+", "+")
    assert page.run("document.querySelector('.stage img').getBoundingClientRect().width") == 16
    assert page.run("getComputedStyle(document.querySelector('.stage img')).imageRendering") == "pixelated"
    press(page, "ArrowRight")
    page.until(f"document.querySelector('#asset-name').innerText !== {json.dumps(name)}")
    press(page, "Escape")
    page.until("document.activeElement.closest('.cell')?.dataset.place === '2'")
    origins = page.run(
        "[...new Set(performance.getEntriesByType('resource').map((one) => new URL(one.name).origin))]"
    )
    assert origins == [f"http://{open_studio.host}"]
    assert page.said == []


def test_the_last_of_many_is_reached_and_few_are_elements(page: Page, open_studio: Studio) -> None:
    page.run("document.querySelector('.open').focus()")
    press(page, "End")
    page.until(f"document.activeElement.closest('.cell')?.dataset.place === '{MANY}'")
    assert page.run("document.activeElement.querySelector('.words span').innerText") == "knight_0"
    assert page.run("document.querySelectorAll('.cell').length") < 200
    press(page, "Home")
    page.until("document.activeElement.closest('.cell')?.dataset.place === '0'")
    assert page.run("scrollY < 200")


def test_a_number_has_its_cells_and_what_is_drawn_anew_keeps_the_focus(
    page: Page, open_studio: Studio
) -> None:
    page.run(
        "window.seen = []; new MutationObserver(() => seen.push([document.querySelector('#found').innerText,"
        " document.querySelectorAll('.open').length]))"
        ".observe(document.querySelector('#found'), {childList: true, characterData: true, subtree: true}); 0"
    )
    page.run("document.querySelector('#query').focus()")
    page.call("Input.insertText", text="knight_7")
    page.until("document.querySelector('#found').innerText === '11 assets found'")
    assert ["11 assets found", 11] in page.run("seen")
    assert [pair for pair in page.run("seen") if pair[0] == "11 assets found" and pair[1] != 11] == []
    page.run("document.querySelector('[data-place=\"3\"] .open').focus()")
    here = "document.activeElement.closest('.cell')"
    gone = page.run(f"{here}.dataset.asset")
    press(page, "Delete")
    page.until("document.querySelector('#found').innerText === '10 assets found'")
    page.until("document.querySelector('#toast button') !== null")
    assert page.run(f"{here}?.dataset.place") == "3"
    held = page.run(f"{here}.dataset.asset")
    assert held != gone
    page.call("Input.dispatchKeyEvent", type="keyDown", key="z", modifiers=2)
    page.until("document.querySelector('#found').innerText === '11 assets found'")
    assert page.run(f"[{here}?.dataset.place, {here}?.dataset.asset]") == ["4", held]
    assert page.said == []


def test_the_queue_is_live_and_a_reload_loses_nothing(
    page: Page, open_studio: Studio, library: Library
) -> None:
    page.run("document.querySelector('[data-view=queue]').click()")
    page.until("document.querySelector('#standing').innerText.startsWith('The queue is empty')")
    open_queue(library).add([JobDraft(JobKind.COMMAND, NASTY, {"argv": ["status"]})])
    page.until("document.querySelector('#jobs tr')?.cells[1].innerText === 'queued'")
    page.reload()
    page.until("document.querySelector('#jobs tr')?.cells[2].innerText")
    assert page.run("document.querySelector('#jobs tr').cells[2].innerText") == NASTY
    assert page.run("document.title") == "Queue · Audobon Studio"
    page.run("document.querySelector('[data-view=gallery]').click()")
    page.until("document.querySelectorAll('.cell').length > 5")
    fill(library, 3, "late")
    page.until("document.querySelector('#fresh').innerText === 'Show 3 new assets'")


def test_another_page_of_this_machine_gets_nothing(page: Page, open_studio: Studio, tmp_path: Path) -> None:
    """The browser has the session's cookie, and for it all ports of 127.0.0.1 are one site."""
    asset = open_studio.get("/assets?limit=1").json["assets"][0]["id"]
    assert page.run(f"fetch('/api/v1/assets/{asset}').then((answer) => answer.status)") == 200
    (tmp_path / "evil.html").write_text("<!doctype html><title>evil</title><body></body>")
    theirs = f"http://{open_studio.host}"
    with served({"evil": tmp_path}) as other:
        page.open(f"{other}/evil/evil.html")
        loads = (
            "new Promise((done) => {{ {0}.onload = () => done(true); {0}.onerror = () => done(false); {1} }})"
        )
        image = loads.format("one", f"one.src = '{theirs}/api/v1/images/{asset}'")
        assert page.run(f"(() => {{ const one = new Image(); return {image} }})()") is False
        script = loads.format("one", f"one.src = '{theirs}/studio.js'; document.head.append(one)")
        assert (
            page.run(f"(() => {{ const one = document.createElement('script'); return {script} }})()")
            is False
        )
        for options in ("{credentials: 'include'}", "{credentials: 'include', method: 'POST', body: '{}'}"):
            asked = f"fetch('{theirs}/api/v1/assets', {options}).then(() => 'read', () => 'refused')"
            assert page.run(asked) == "refused"
        framed = (
            f"(async () => {{ const one = document.createElement('iframe'); one.src = '{theirs}/';"
            " document.body.append(one); await new Promise((done) => { one.onload = done; });"
            " try { return one.contentDocument?.body.innerText ?? 'closed' } catch { return 'closed' } })()"
        )
        assert page.run(framed) == "closed"
    assert open_studio.get("/assets").json["total"] == MANY + 1


def test_what_is_waited_for_may_come_after_documents_that_went_away(page: Page, tmp_path: Path) -> None:
    again = (
        "sessionStorage.times = 1 + Number(sessionStorage.times ?? 0);"
        " if (sessionStorage.times < 30) setTimeout(() => location.reload())"
    )
    (tmp_path / "again.html").write_text(f"<!doctype html><title>again</title><script>{again}</script><p>")
    with served({"files": tmp_path}) as address:
        page.open(f"{address}/files/again.html")
        page.until("document.querySelector('p').innerText === '' && sessionStorage.times === '30'")
    assert page.said == []
