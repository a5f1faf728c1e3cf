"""Server-sent events with ids: each listener gets what changes, and after a gap what it has missed.

The database is the only state: a task compares it with what was told last. So nothing has to be told by the workers,
which are other processes, and nothing is lost when the server is started again: a listener with an id of another start
is told to read everything anew.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from audobon_cli.domain.errors import AudobonError, InvalidInput
from audobon_cli.library.store.library import Library
from audobon_cli.queue.looking import note_looking
from audobon_cli.queue.model import JobFilter, job_data
from audobon_cli.queue.open import open_queue
from audobon_cli.studio.queue_view import RECENT, queue_view

LOOK_SECONDS = 0.5
KEPT_EVENTS = 1_000
BEAT_SECONDS = 15.0
"""After so long without an event a comment is sent, so that what lies between does not cut the connection."""
MOST_LISTENERS = 64


class EventStream:
    """Events of one start. Kinds: ``queue`` (see queue_view), ``job`` (see job_data), ``library`` (how many assets it
    holds), ``hello`` (the first of a listener), ``reset`` (what was missed is not kept: read everything anew),
    ``trouble`` (an error of the library).
    """

    def __init__(self, library: Callable[[], Library], is_ending: Callable[[], bool]) -> None:
        """``is_ending`` says when listeners are to be let go."""
        self._library = library
        self._is_ending = is_ending
        self._start = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[tuple[int, str, str]] = deque(maxlen=KEPT_EVENTS)
        self._last_state: dict[str, str] = {}
        self._news = asyncio.Condition()
        self._listeners = 0
        self._looking = asyncio.Lock()

    def refuse_too_many(self) -> None:
        """Raises InvalidInput when so many listen already that another would cost those their answers."""
        if self._listeners >= MOST_LISTENERS:
            raise InvalidInput(f"{MOST_LISTENERS} listen already.", hint="close some pages")

    async def watch(self) -> None:
        """Look every LOOK_SECONDS while anybody listens, until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._listeners:
                async with self._looking:
                    await self._look()

    async def listen(self, last: str) -> AsyncIterator[str]:
        """Events in the form of text/event-stream, from behind the id ``last`` on."""
        self._listeners += 1
        try:
            async with self._looking:
                if not self._last_state:
                    await self._look()
            seen, first = self._begin(last)
            yield first
            quiet = 0.0
            while not self._is_ending():
                waiting = [event for event in self._kept if event[0] > seen]
                for number, kind, data in waiting:
                    yield self._block(number, kind, data)
                    seen = number
                quiet = 0.0 if waiting else quiet + LOOK_SECONDS
                if quiet >= BEAT_SECONDS:
                    yield ": still here\n\n"
                    quiet = 0.0
                await self._wait()
        finally:
            self._listeners -= 1

    def _begin(self, last: str) -> tuple[int, str]:
        """The number behind which to go on, and what is sent first."""
        start, _, text = last.partition("-")
        oldest = self._kept[0][0] if self._kept else self._number + 1
        if start == self._start and text.isascii() and text.isdecimal() and len(text) < 16:
            number = int(text)
            if oldest - 1 <= number <= self._number:
                return number, "retry: 1000\n\n"
        kind = "reset" if last else "hello"
        return self._number, "retry: 1000\n" + self._block(self._number, kind, "{}")

    def _block(self, number: int, kind: str, data: str) -> str:
        return f"id: {self._start}-{number}\nevent: {kind}\ndata: {data}\n\n"

    async def _wait(self) -> None:
        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)
            except TimeoutError:
                return

    async def _look(self) -> None:
        """Compare with what was told, and keep what is new."""
        try:
            state = await run_in_threadpool(self._state)
        except AudobonError as error:
            state = {"trouble": {"code": error.code, "message": error.message}}
        fresh = {key: json.dumps(value) for key, value in state.items()}
        changed = [key for key, data in fresh.items() if self._last_state.get(key) != data]
        for key in changed if self._last_state else ():
            self._number += 1
            self._kept.append((self._number, key.partition(" ")[0], fresh[key]))
        self._last_state = fresh
        if changed:
            async with self._news:
                self._news.notify_all()

    def _state(self) -> dict[str, Any]:
        library = self._library()
        jobs = open_queue(library)
        view = queue_view(jobs)
        if view["active"] and not library.read_only:
            note_looking(library.root)
        for job in view["active"]:
            del job["elapsed_seconds"]  # it always changes; the page counts by itself
        found = {f"job {job.number}": job_data(job) for job in jobs.matching(JobFilter(), RECENT)}
        return {**found, "queue": view, "library": {"assets": library.assets.count()}}
