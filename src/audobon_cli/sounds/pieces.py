"""Which tasks taking recordings apart comes down to."""

from collections.abc import Sequence
from dataclasses import replace

from audobon_cli.derivations.run import OperationContext, Task
from audobon_cli.derivations.sources import Reader, Source
from audobon_cli.domain.media import SOUND
from audobon_cli.media.sound.samples import DecodedSound
from audobon_cli.sounds.operations.split import SplitSound


def split_tasks(sources: Sequence[Source], operation: SplitSound, context: OperationContext) -> list[Task]:
    """Every part of every source, numbered from 1. Raises SoundUnusable for a source without parts."""
    reader = Reader(context.library)
    tasks = []
    for source in sources:
        sound = reader.content(source, SOUND)
        assert isinstance(sound, DecodedSound), "the medium of sounds decodes to them"
        held = replace(source, content=sound)
        count = len(operation.pieces(sound))
        digits = max(2, len(str(count)))
        tasks += [
            Task(replace(operation, piece=number), (held,), f"{source.name}_{number + 1:0{digits}}")
            for number in range(count)
        ]
    return tasks
