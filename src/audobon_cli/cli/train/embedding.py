"""``audobon train embedding``."""

from dataclasses import replace
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.train.elsewhere import ElsewhereOptions
from audobon_cli.cli.train.set_options import Pictures, SetOptions, set_request
from audobon_cli.cli.train.starting import Plan, TrainingJobOptions, TrainingOptions, begin
from audobon_cli.domain.errors import InvalidInput


@command(
    "embedding",
    examples=[
        "audobon train embedding tag:hero --name zorv-look --model sd15",
        "audobon train embedding art/ --name zorv-look --model sdxl --set vectors=8 --set initial=sprite",
    ],
    brief=("name", "plan"),
)
def embedding(
    session: Session,
    pictures: Pictures,
    name: Annotated[
        str, typer.Option("--name", help="The new word; also its name, for `generate --embedding`.")
    ] = "",
    plan: Plan = False,
    *,
    options: SetOptions,
    training: TrainingOptions,
    queue: TrainingJobOptions,
    on: ElsewhereOptions,
) -> None:
    """Train an embedding (textual inversion).

    A new word for a model of SD 1, SD 2 or SDXL. The model stays as it is; the word's vectors alone are learnt, some
    kilobytes. Runs are those of `train lora`. The result is an asset, and a model for `generate --embedding NAME`,
    which puts the word in front of the prompt.
    """
    if options.trigger not in ("", name):
        raise InvalidInput(
            "An embedding is called by its name.",
            hint=f"leave out --trigger, or give --name {options.trigger}",
        )
    wanted = set_request(session, pictures, replace(options, trigger=name))
    begin(session, name, wanted, plan, training, queue, on, embedding=True)
