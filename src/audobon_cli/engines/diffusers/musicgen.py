"""MusicGen, a network of transformers, behind the face of a diffusers pipeline, so that it is held and called alike."""

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

StepCallback = Callable[[Any, int, Any, dict[str, Any]], Any]


def musicgen_pipeline(model: Any, tokenizer: Any) -> Any:
    """A MusicgenPipeline around a MusicgenForConditionalGeneration and the tokenizer of its text encoder."""
    return _pipeline_class()(model, tokenizer)


@cache
def _pipeline_class() -> Any:
    """Made when it is asked for: importing diffusers takes seconds."""
    from diffusers import DiffusionPipeline

    class MusicgenPipeline(DiffusionPipeline):  # type: ignore[misc]
        """Each step makes one code, ``640 / 32000`` s in published models; ``num_timesteps`` is how many."""

        model_cpu_offload_seq = "model"
        moves_whole = True

        def __init__(self, model: Any, tokenizer: Any) -> None:
            super().__init__()
            self.register_modules(model=model, tokenizer=tokenizer)
            self.num_timesteps = 0

        @torch.no_grad()
        def __call__(
            self,
            prompt: str,
            audio_length_in_s: float,
            generator: torch.Generator,
            guidance_scale: float = 3.0,
            num_inference_steps: int = 1,
            output_type: str = "np",
            callback_on_step_end: StepCallback | None = None,
        ) -> Any:
            """An AudioPipelineOutput with a float array (1, channels, frames) of full scale 1.

            A code is the only step there is: ``num_inference_steps`` means nothing.
            """
            from diffusers import AudioPipelineOutput
            from transformers import StoppingCriteriaList

            config, device = self.model.config, self._execution_device
            frames = max(int(audio_length_in_s * config.audio_encoder.frame_rate), 1)
            # The books of codes lag one step behind each other.
            self.num_timesteps = frames + config.decoder.num_codebooks - 1
            inputs = self.tokenizer([prompt], padding=True, return_tensors="pt").to(device)
            steps = [_Steps(self, callback_on_step_end)] if callback_on_step_end else []
            with _seeded(generator.initial_seed(), device):
                audio = self.model.generate(
                    **inputs,
                    do_sample=True,
                    guidance_scale=guidance_scale,
                    max_new_tokens=self.num_timesteps,
                    stopping_criteria=StoppingCriteriaList(steps),
                )
            self.maybe_free_model_hooks()
            return AudioPipelineOutput(audios=audio.cpu().float().numpy())

    return MusicgenPipeline


class _Steps:
    """A criterion of transformers that stops nothing and calls back after each step."""

    def __init__(self, pipeline: Any, callback: StepCallback) -> None:
        self._pipeline, self._callback, self._step = pipeline, callback, 0

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        self._callback(self._pipeline, self._step, None, {})
        self._step += 1
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """While entered, torch draws from ``seed``: transformers samples with no other generator than torch's own."""
    cards = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(cards):
        torch.manual_seed(seed)
        yield
