"""Third step: trains the denoiser (`train.py unet`) or the autoencoder (`train.py autoencoder`).

Kill it at any time and run the same command again: it goes on from its last checkpoint, two minutes back at
most.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from threads import PoliteThreads


def main() -> None:
    """Run the step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=("unet", "autoencoder"))
    parser.add_argument("--work", type=Path, default=Path(__file__).with_name(".work"), help="work directory")
    parser.add_argument(
        "--minutes", type=float, required=True, help="training time in all, earlier runs counted in"
    )
    parser.add_argument("--threads", type=int, default=2, help="CPU threads, at most; one on a busy machine")
    parser.add_argument("--batch", type=int, help="samples a step")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    options = parser.parse_args()
    threads = PoliteThreads(options.threads)
    chosen = {"minutes": options.minutes, "device": options.device}
    chosen |= {"batch": options.batch} if options.batch else {}
    if options.network == "unet":
        from unet_training import UnetSettings, UnetTrainer

        UnetTrainer(options.work, UnetSettings(**chosen)).run(threads)
    else:
        from autoencoder_training import AutoencoderSettings, AutoencoderTrainer

        AutoencoderTrainer(options.work, AutoencoderSettings(**chosen)).run(threads)


if __name__ == "__main__":
    main()
