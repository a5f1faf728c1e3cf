"""The local page over 100,000 assets in Chromium: first paint, search, scrolling, dragging to the end, memory.

    python bench/studio.py [--rows 100000] [--seconds 20] [--folder FOLDER]

The library is that of bench/library.py; its assets share 256 small pictures, each under an address of its own, so that
every cell loads a picture. Browser, page and server run on the same cores. Frame rates are told beside those of a
static page of the same height, scrolled in the same way in the same browser, in turn; memory is what the page's
process holds for itself beyond an empty page of the same server (Linux: Private_* of smaps_rollup, after a collection).
Where the machine is busy, only the ratios are worth reading.
"""

import argparse
import itertools
import json
import os
import random
import signal
import statistics
import tempfile
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from bench.library import BATCH, assets
from tests.sprites.browser import Page, browser
from tests.studio.serving import Studio, serving

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.select import find_assets
from audobon_cli.library.store.library import Library

PICTURES, SIDE = 256, 64
ROUNDS = 3
SCROLL_SPEED = 3000
"""CSS pixels a second."""
SEARCHES = (
    "dragon",
    "knight",
    "tag:boss",
    "character sprite",
    "rating:>3 sword",
    "kind:sprite",
    "ghost -tag:wip",
)
FRAMES = """
(async () => {
  const end = performance.now() + %d;
  let frames = 0, last = performance.now();
  const began = last, from = scrollY;
  while (last < end) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    %s
    last = now;
    frames++;
  }
  return [frames / (last - began) * 1000, Math.abs(scrollY - from) / (last - began) * 1000];
})()
"""
STATIC = """
(async () => {
  const height = %d;
  const cells = [...document.querySelectorAll('.cell')].map((one) => one.cloneNode(true));
  const rows = Map.groupBy(cells, (one) => one.style.transform.split(',')[1]);
  const high = parseFloat([...rows.keys()][1]) - parseFloat([...rows.keys()][0]);
  const fixed = document.createElement('div');
  fixed.style.cssText = `position: relative; height: ${height}px`;
  const list = [...rows.values()];
  for (let row = 0; row * high < Math.min(height, 80000); row++)
    for (const one of list[row %% list.length]) {
      const cell = one.cloneNode(true);
      cell.style.transform = `${one.style.transform.split(',')[0]}, ${row * high}px)`;
      fixed.append(cell);
    }
  document.querySelector('#gallery').hidden = true;
  document.querySelector('main').append(fixed);
  await new Promise((done) => setTimeout(done, 1500));
  scrollTo(0, 0);
})()
"""
"""In place of the grid its first cells, again and again for 80,000 pixels, and the height of all: nothing is loaded or
made while it is scrolled, and the gallery, which is hidden, draws nothing."""
SCROLL = f"scrollBy(0, (now - last) * {SCROLL_SPEED / 1000});"
DRAG = "scrollTo(0, (now - began) / %d * (document.documentElement.scrollHeight - innerHeight));"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="assets in the library")
    parser.add_argument("--seconds", type=float, default=20, help="of scrolling")
    parser.add_argument("--folder", type=Path, help="where to work; a library that is there is used again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        library = build((options.folder or Path(temporary)) / ".audobon", options.rows)
        began = time.perf_counter()
        with serving(library) as studio:
            print(f"ready {time.perf_counter() - began:.2f} s after the start of the process")
            asked(library)
            with browser() as page:
                measure(page, studio, options.seconds)
        print("load", *(f"{one:.1f}" for one in os.getloadavg()))


def build(folder: Path, rows: int) -> Path:
    """A library of ``rows`` assets with pictures in ``folder``, made if it is not there."""
    if (folder / "audobon.db").exists():
        return folder
    library = Library.create(folder)
    pictures = [picture(seed) for seed in range(PICTURES)]
    blobs = library.blobs.put_many(pictures)
    numbered = enumerate(assets(rows))
    while batch := list(itertools.islice(numbered, BATCH)):
        with library.change() as changes:
            for number, (asset, look) in batch:
                changes.add(
                    replace(
                        asset,
                        kind=AssetKind.SPRITE,
                        media=ImageInfo(SIDE, SIDE, "RGBA"),
                        blob=BlobId(blobs[number % PICTURES]),
                        size_bytes=len(pictures[number % PICTURES]),
                    ),
                    [],
                    look,
                )
    library.close()
    return folder


def picture(seed: int) -> bytes:
    """A sprite of coloured blocks."""
    from PIL import Image

    rng = random.Random(seed)
    image = Image.new("RGBA", (8, 8))
    for x, y in itertools.product(range(1, 7), range(1, 7)):
        image.putpixel((x, y), (rng.randrange(256), rng.randrange(256), rng.randrange(256), 255))
    stream = BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


def measure(page: Page, studio: Studio, seconds: float) -> None:
    """All figures, in the order in which a user meets them."""
    page.call("Page.enable")
    page.call("Runtime.enable")
    page.open(f"http://{studio.host}/icon.svg")
    empty = renderer_bytes(page)
    server_before = resident_bytes(studio.process.pid)
    paints = [first_paint(page, studio) for _ in range(5)]
    print(f"first paint of pictures: median {statistics.median(paints):.0f} ms, slowest {max(paints):.0f}")
    searches(page)
    height = page.run("document.documentElement.scrollHeight")
    milliseconds = int(seconds * 1000 / ROUNDS)
    scroll = FRAMES % (milliseconds, SCROLL)
    drag = FRAMES % (3000, DRAG % 3000)
    for name, script in (("scrolling", scroll), ("dragging", drag)) * ROUNDS:
        page.run(STATIC % height)
        static = page.run(script)[0]
        show(page, studio)
        page.run("scrollTo(0, 0)")
        rate, speed = page.run(script)
        print(
            f"{name}: {rate:.1f} frames/s at {speed:.0f} px/s, static {static:.1f}, ratio {rate / static:.2f}"
        )
    print(f"after dragging to the end its last asset is shown after {at_end(page):.0f} ms")
    page.run("scrollTo(0, 0)")
    page.until("document.querySelector('.cell img')?.complete")
    print(f"page: {(renderer_bytes(page) - empty) / 1e6:.0f} MB over an empty page")
    grown = resident_bytes(studio.process.pid) - server_before
    print(f"server: {resident_bytes(studio.process.pid) / 1e6:.0f} MB, {grown / 1e6:+.0f} since its start")
    if page.said:
        print("errors:", *page.said[:3])


def show(page: Page, studio: Studio) -> None:
    """The page, with pictures."""
    page.open("about:blank")
    page.open(studio.address)
    page.until("document.querySelectorAll('.cell img').length > 5")


def first_paint(page: Page, studio: Studio) -> float:
    """Milliseconds from the navigation to the first cells with pictures, without the browser's cache."""
    page.call("Network.enable")
    page.call("Network.setCacheDisabled", cacheDisabled=True)
    show(page, studio)
    page.until("[...document.querySelectorAll('.cell img')].filter((one) => one.complete).length > 5")
    page.call("Network.setCacheDisabled", cacheDisabled=False)
    script = (
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('thumbnail'))"
        ".map((one) => one.responseEnd).sort((a, b) => a - b)[5]"
    )
    return float(page.run(script))


def searches(page: Page) -> None:
    """From the last letter typed to the first frame with the result, in the page's own clock: with the page's pause
    after a letter (30 ms) and two frames. See asked for the server's part."""
    times: dict[str, float] = {}
    for text in SEARCHES:
        page.run("document.querySelector('#query').focus(); document.querySelector('#query').select()")
        for letter in text:
            page.call("Input.insertText", text=letter)
            time.sleep(0.08)  # a quick typist
        script = """
        (async () => {
          const box = document.querySelector('#query');
          const told = document.querySelector('#found');
          const wanted = box.value;
          told.textContent = '';
          const began = performance.now();
          box.value = wanted + %r;
          box.dispatchEvent(new Event('input'));
          while (!told.textContent || !document.querySelector('.cell .words, #empty:not([hidden])'))
            await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          return performance.now() - began;
        })()
        """
        times |= {text + rest: float(page.run(script % rest)) for rest in (" ", " a")}
        page.run("document.querySelector('#query').value = ''")
    slowest = max(times, key=lambda text: times[text])
    print(
        f"search: median {statistics.median(times.values()):.0f} ms, slowest {times[slowest]:.0f} "
        f"({slowest.strip()}) of {len(times)}"
    )
    page.run("document.querySelector('#query').dispatchEvent(new Event('input'))")
    page.until("document.querySelector('#found').textContent.endsWith('assets')")


def asked(folder: Path) -> None:
    """What each search takes of a processor where it is answered, without page and network."""
    library = Library.open(folder)
    took = {}
    for text in SEARCHES:
        times = []
        for _ in range(5):
            began = time.thread_time()
            found = find_assets(library, text, Paging(Order.RELEVANCE, 100, None))
            json.dumps([one.summary() for one in found.assets])
            times.append((time.thread_time() - began) * 1000)
        took[text] = min(times)
    slowest = max(took, key=lambda text: took[text])
    print(
        f"a page of a search: median {statistics.median(took.values()):.1f} ms of a processor, "
        f"slowest {took[slowest]:.1f} ({slowest})"
    )
    library.close()


def at_end(page: Page) -> float:
    """Milliseconds from a jump of the scroll bar to its end until the oldest asset is shown with its picture."""
    page.run("scrollTo(0, 0)")
    time.sleep(1)
    return float(
        page.run(
            """
            (async () => {
              const began = performance.now();
              scrollTo(0, document.documentElement.scrollHeight);
              const last = () => [...document.querySelectorAll('.cell')]
                .find((one) => one.getAttribute('aria-posinset') === one.getAttribute('aria-setsize'));
              while (!last()?.querySelector('img')?.complete) await new Promise(requestAnimationFrame);
              return performance.now() - began;
            })()
            """
        )
    )


def renderer_bytes(page: Page) -> int:
    """What all pages' processes hold for themselves alone, after a collection."""
    page.call("HeapProfiler.enable")
    page.call("HeapProfiler.collectGarbage")
    time.sleep(0.5)
    processes = [one for one in descendants(os.getpid()) if b"--type=renderer" in command(one)]
    return sum(private_bytes(one) for one in processes)


def descendants(root: int) -> list[int]:
    """The processes below ``root``."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def command(process: int) -> bytes:
    """The command line of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def private_bytes(process: int) -> int:
    """Pages that no other process shares."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def resident_bytes(process: int) -> int:
    """What a process has in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: exit(1))
    main()
