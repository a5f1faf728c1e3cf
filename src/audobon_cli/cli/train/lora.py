"""``audobon train lora``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.elsewhere import ElsewhereOptions
from audobon_cli.cli.train.set_options import Pictures, SetOptions, set_request
from audobon_cli.cli.train.starting import Plan, TrainingJobOptions, TrainingOptions, begin


@command(
    "lora",
    examples=[
        "audobon train lora tag:hero --name my-style --trigger zorv",
        "audobon train lora art/ --name my-style --trigger zorv --plan",
        "audobon train lora tag:hero --name hero --preset quick --set rank=4 --queue",
        "audobon train lora tag:hero --name hero --on cloudrun --gpu L4 --plan",
    ],
    brief=("name", "trigger", "plan"),
)
def lora(
    session: Session,
    pictures: Pictures,
    name: Annotated[
        str, typer.Option("--name", help="Name of the LoRA, for `generate --lora` and `--style`.")
    ] = "",
    plan: Plan = False,
    *,
    options: SetOptions,
    training: TrainingOptions,
    queue: TrainingJobOptions,
    on: ElsewhereOptions,
) -> None:
    """Train a LoRA on your own pictures.

    A run is a job of the queue: this command adds it and does it. Ctrl-C keeps where it stands and pauses it; `train
    resume` goes on. Its result is an asset, and a model for `generate --lora NAME` and `--style NAME`.
    With --on it is trained on other machines, within the budget, and filed here.
    """
    begin(session, name, set_request(session, pictures, options), plan, training, queue, on)
