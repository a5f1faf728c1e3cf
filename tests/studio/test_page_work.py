"""Work in a real browser: pictures are asked for, sorted, compared, taken back; by keys; without a fault axe sees."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.library.store.library import Library
from audobon_cli.queue.model import JobFilter
from audobon_cli.queue.open import open_queue
from tests.ports import free_port
from tests.sprites.browser import Page, browser, chromium
from tests.studio.serving import Studio, fill, serving
from tests.studio.test_page import press

pytestmark = [
    pytest.mark.peer,
    pytest.mark.loopback,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]

FOLDERS = (
    str(Path(__file__).parents[1] / "peers" / "node_modules"),
    *filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)),
)
AXE = next((path for one in FOLDERS if (path := Path(one) / "axe-core" / "axe.min.js").is_file()), None)
"""axe-core (npm, MPL-2.0): run `npm install` in tests/peers, or set NODE_PATH."""
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as tab:
        yield tab


@pytest.fixture
def open_studio(library: Library, page: Page) -> Iterator[Studio]:
    """A studio over a dozen assets, open in the browser, with a queue that nobody runs."""
    fill(library, 12)
    with serving(library.root, "--port", str(free_port()), "--offline") as studio:
        page.open("about:blank")
        page.open(studio.address)
        page.until("document.querySelectorAll('.cell').length === 12")
        yield studio


def value(page: Page, selector: str, text: str) -> None:
    """Type into a field."""
    page.run(f"document.querySelector('{selector}').focus(); document.querySelector('{selector}').select?.()")
    page.call("Input.insertText", text=text)


def test_many_are_rated_tagged_and_trashed_by_keys_and_taken_back(
    page: Page, open_studio: Studio, library: Library
) -> None:
    page.run("document.querySelector('.open').focus()")
    press(page, "x", "x")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", modifiers=8)
    page.until("document.querySelector('#selected').innerText === '2 assets selected'")
    press(page, "4", "4")
    page.until("document.querySelector('#grid').innerText.split('4★').length === 3")
    page.run("document.querySelector('#tag-them').click()")
    page.call("Input.insertText", text="boss, final")
    press(page, "Enter", "\r")
    page.until("document.querySelector('#toast').innerText.startsWith('Tagged: 2 assets')")
    assert library.assets.search("tag:boss tag:final rating:4").total == 2
    page.until("document.querySelector('#selection').hidden")
    value(page, "#query", "tag:b")
    page.until("document.querySelector('[role=option]')?.innerText.startsWith('boss')")
    press(page, "ArrowDown")
    press(page, "Enter", "\r")
    page.until("document.querySelector('#found').innerText === '2 assets found'")
    page.until("document.querySelectorAll('.open').length === 2")
    page.run("document.querySelector('.open').focus()")
    press(page, "Delete")
    page.until("document.querySelector('#found').innerText === '1 asset found'")
    page.until("document.querySelector('#toast').innerText === 'Moved to the trash: 1 asset.\\nUndo'")
    page.run("document.querySelector('#toast button').click()")
    page.until("document.querySelector('#found').innerText === '2 assets found'")
    assert library.assets.count() == 12
    assert page.said == []


def test_a_picture_is_asked_for_and_its_job_steered(
    page: Page, open_studio: Studio, library: Library
) -> None:
    press(page, "g", "g")
    page.until("document.activeElement.id === 'make-prompt'")
    page.call("Input.insertText", text="cute dragon")
    page.until("document.querySelector('#make-plan meter') !== null")
    assert "about" in page.run("document.querySelector('#make-plan').innerText")
    body = b'{"action": "pause"}'
    json_type = ("Content-Type", "application/json")
    assert (
        open_studio.ask("/api/v1/queue", open_studio.bearer, json_type, method="POST", body=body).status
        == 200
    )
    press(page, "Enter", "\r")
    page.until("document.querySelector('#make-jobs li')?.innerText.startsWith('cute dragon')")
    page.reload()
    page.until("document.querySelector('#make-jobs li')?.innerText.startsWith('cute dragon')")
    page.run("location.hash = '#/queue'")
    page.until("document.querySelector('#jobs [data-action=cancel]') !== null")
    page.run("document.querySelector('#jobs [data-priority]').click()")
    page.until("document.querySelector('#jobs tr').cells[3].innerText === 'main (+1)'")
    page.run("document.querySelector('#jobs [data-action=cancel]').click()")
    page.until("document.querySelector('#jobs tr').cells[1].innerText === 'cancelled'")
    (job,) = open_queue(library).matching(JobFilter())
    assert (job.state.value, job.priority, job.title) == ("cancelled", 1, "cute dragon")
    assert page.said == []


def test_two_are_compared_and_history_is_gone_through(
    page: Page, open_studio: Studio, library: Library
) -> None:
    ids = [one["id"] for one in open_studio.get("/assets?limit=2").json["assets"]]
    page.run(f"location.hash = '#/compare/{','.join(ids)}'")
    page.until("document.querySelectorAll('.layers img').length === 2")
    page.run("document.querySelector('[data-mode=difference]').click()")
    page.until("document.querySelector('#compare-facts').innerText.startsWith('64 of 64 pixels differ')")
    assert page.run("document.querySelectorAll('.candidate').length") == 2
    page.run("location.hash = '#/history'")
    page.until("document.querySelector('#where-now')?.innerText.includes('12 assets changed')")
    page.run("document.querySelector('[aria-label=\"Commit the changes\"]').click()")
    page.call("Input.insertText", text="a dozen")
    press(page, "Enter", "\r")
    page.until("document.querySelector('.commits')?.innerText.includes('a dozen')")
    page.run(f"location.hash = '#/tree/{ids[0]}'")
    page.until(f"document.querySelector('.tree a[aria-current]')?.hash === '#/asset/{ids[0]}'")
    assert page.said == []


def test_candidates_are_walked_through_and_chosen_by_keys(
    page: Page, open_studio: Studio, library: Library
) -> None:
    ids = [one["id"] for one in open_studio.get("/assets?limit=4&sort=name").json["assets"]]
    page.run(f"location.hash = '#/compare/{','.join(ids)}'")
    here = "document.activeElement.getAttribute('aria-label')"
    page.until(f"{here} === '1 knight_0, 8 × 8, candidate 1 of 4'")
    pressed = "[...document.querySelectorAll('.candidate')].map((one) => one.getAttribute('aria-pressed') === 'true')"
    press(page, "k", "k")
    page.until("document.querySelector('#toast').innerText.startsWith('Choose one first')")
    press(page, "ArrowRight")
    assert page.run(here) == "2 knight_1, 8 × 8, candidate 2 of 4"
    press(page, "End")
    press(page, "ArrowRight")
    assert page.run(here) == "4 knight_11, 8 × 8, candidate 4 of 4"
    press(page, "3", "3")
    assert page.run(here) == "3 knight_10, 8 × 8, candidate 3 of 4"
    press(page, " ", " ")
    assert page.run(pressed) == [False, False, False, False]
    press(page, "3", "3")
    press(page, "1", "1")
    press(page, "9", "9")
    assert page.run(pressed) == [True, False, True, False]
    assert page.run("document.querySelector('#chosen').innerText") == "Chosen: knight_0, knight_10."
    assert page.run("document.querySelector('#keep-chosen').innerText") == "Keep 2, 2 others to the trash"
    page.run("document.querySelector('[data-mode=slider]').click()")
    page.until(
        "document.querySelector('.layers img')?.alt === 'knight_10'"
    )  # under the first, which is looked at
    press(page, "4", "4")
    page.until("document.querySelector('.layer img')?.alt === 'knight_11'")
    press(page, "4", "4")
    press(page, "k", "k")
    page.until(f"location.hash === '#/compare/{ids[0]},{ids[2]}'")
    assert {asset.id for asset in library.assets.search("knight").assets} & {*ids} == {ids[0], ids[2]}
    page.until("document.querySelectorAll('.candidate').length === 2")
    press(page, "2", "2")
    press(page, "k", "k")
    page.until(f"location.hash === '#/asset/{ids[2]}'")
    page.until("document.querySelector('#toast').innerText === 'Moved to the trash: 1 asset.\\nUndo'")
    assert library.assets.count() == 9
    page.call("Input.dispatchKeyEvent", type="keyDown", key="z", modifiers=2)
    page.until("document.querySelector('#toast').innerText.startsWith('Took back')")
    assert library.assets.count() == 10
    assert page.said == []


def test_an_operation_is_tried_by_keys_seen_moving_and_kept(
    page: Page, open_studio: Studio, library: Library
) -> None:
    ids = [one["id"] for one in open_studio.get("/assets?limit=2&sort=name").json["assets"]]
    page.run(f"location.hash = '#/workshop/{','.join(ids)}'")
    page.until("document.querySelector('#work-gates table') !== null")
    page.until("document.querySelector('.player canvas')?.width > 0")
    page.run("document.querySelector('#work-which').focus()")
    page.run("document.querySelector('#work-player button').click()")  # whoever steers sees it stand still
    now = time.time()
    for letter in "out":  # of one moment: letters a second apart would be three beginnings
        press(page, letter, letter, now)
    page.until("document.querySelector('#work-which').value === 'outline'")
    page.until("document.querySelector('#work-pictures img')?.alt === 'knight_0_outline, the result'")
    page.run("document.querySelector('#work-fields input[type=number]').focus()")
    before = page.run("document.querySelector('#work-pictures img').src")
    press(page, "ArrowUp")
    page.until(f"document.querySelector('#work-pictures img').src !== {json.dumps(before)}")
    assert library.assets.count() == 12
    page.run("document.querySelector('#work-name').focus()")
    page.call("Input.insertText", text="lined")
    press(page, "Enter", "\r")
    page.until("document.querySelector('#work-kept')?.innerText.startsWith('Kept 2 assets')")
    made = library.assets.search("lined").assets
    assert [one.derivation.parameters["thickness"] for one in made if one.derivation] == [2, 2]
    page.until("document.querySelector('#work-pictures').ariaBusy === null")
    page.run("document.querySelector('[aria-label=\"Frame after\"]').click()")
    page.until("document.querySelector('.times').innerText.startsWith('Frame 2 of 2, 100 ms')")
    assert page.said == []


def test_a_page_says_that_its_server_was_started_again(
    page: Page, open_studio: Studio, library: Library
) -> None:
    open_studio.process.kill()
    open_studio.process.wait()
    page.until("document.querySelector('#notice').innerText.startsWith('The server does not answer')")
    with serving(library.root, "--port", str(open_studio.port)) as again:
        page.until("document.querySelector('#notice').innerText.startsWith('The studio was started again')")
        page.open("about:blank")
        page.open(again.address)
        page.until("document.querySelectorAll('.cell').length === 12")


@pytest.mark.skipif(AXE is None, reason="axe-core is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, open_studio: Studio, scheme: str) -> None:
    assert AXE is not None
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    page.call("Emulation.setEmulatedMedia", features=features)
    page.run(AXE.read_text() + ";0")
    ids = [one["id"] for one in open_studio.get("/assets?limit=2").json["assets"]]
    four = ",".join(one["id"] for one in open_studio.get("/assets?limit=4").json["assets"])
    views = {
        "#/": ".cell", f"#/asset/{ids[0]}": ".stage img", "#/generate": "#make-prompt", "#/queue": "#standing",
        "#/history": "#where-now", f"#/tree/{ids[0]}": ".tree a", f"#/compare/{','.join(ids)}": ".layers img",
        f"#/compare/{four}": ".candidate:nth-child(4)",
        f"#/workshop/{','.join(ids)}": "#work-gates table",
        "#/machines": "#machine-doctor table",
    }  # fmt: skip
    found = {}
    for address, sign in views.items():
        page.run(f"location.hash = {json.dumps(address)}")
        page.until(f"document.querySelector('{sign}')?.checkVisibility()")
        script = (
            f"axe.run(document, {{runOnly: {RULES}}}).then((shown) => shown.violations.map((one) => one.id))"
        )
        found[address] = page.run(script)
    assert found == {address: [] for address in views}


def test_the_page_needs_no_tools_of_its_own() -> None:
    folder = Path(__file__).parents[2] / "src/audobon_cli/studio/page"
    assert {path.suffix for path in folder.iterdir()} <= {".py", ".html", ".css", ".js", ".svg", ""}
    for path in (*folder.glob("*.js"), *folder.glob("*.css"), folder / "index.html"):
        text = path.read_text()
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
        assert "innerHTML" not in text
