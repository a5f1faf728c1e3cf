"""``audobon sound play``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.sound.options import Inputs


@command("play", examples=["audobon sound play door", "audobon sound play wind_loop --times 4"])
def play(
    session: Session,
    inputs: Inputs,
    times: Annotated[
        int, typer.Option("--times", min=1, max=1000, help="How often each, without a gap between.")
    ] = 1,
) -> None:
    """Play sounds, one after the other.

    By the system's own player (aplay, afplay, ffplay ...). Where there is none, or no device, nothing is heard, and a
    line says so.
    """
    from audobon_cli.derivations.sources import Reader, are_files, asset_sources, file_sources
    from audobon_cli.domain.media import SOUND
    from audobon_cli.media.sound.samples import DecodedSound
    from audobon_cli.sounds.play import play_sound

    library = None if are_files(inputs) else session.workspace.library
    sources = file_sources(inputs) if library is None else asset_sources(library, inputs)
    reader = Reader(library)
    done = []
    for source in sources:
        sound = reader.content(source, SOUND)
        assert isinstance(sound, DecodedSound), "the medium of sounds decodes to them"
        played = play_sound(sound, times)
        done.append(played)
        if played.reason:
            session.out.warn(f"nothing was heard: {played.reason}")
            break
        session.out.note(f"{played.name} ({played.seconds:.2f} s)")
    data = [
        {
            "name": one.name,
            "seconds": round(one.seconds, 3),
            "player": one.player or None,
            "reason": one.reason,
        }
        for one in done
    ]
    session.out.result({"sounds": data}, lambda: None)
