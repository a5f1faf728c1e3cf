"""What judges whether pictures show their words: the shipped scorer, or a CLIP or SigLIP that was pulled."""

from typing import cast

from audobon_cli.domain.model import Model
from audobon_cli.engines.registry import create_scorer
from audobon_cli.engines.scoring.agreement import Agreement, JointSpace


def agreement_by(model: Model, device: str | None = None) -> Agreement:
    """The judge of ``model``: its own scorer where it has one, else the network that it is, on ``device``.

    Raises InvalidInput for a model that tells nothing of pictures and words, ModelDamaged, ModelUnsupported,
    OutOfMemory.
    """
    if model.scorer is not None:
        return Agreement(cast(JointSpace, create_scorer(model)))
    from audobon_cli.engines.scoring.contrastive import ContrastiveSpace

    return Agreement(ContrastiveSpace(model, device))
