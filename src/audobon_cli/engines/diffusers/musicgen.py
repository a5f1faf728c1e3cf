"""MusicGen, a network of transformers, behind the face of a diffusers pipeline, so that it is held and called alike."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers import AudioPipelineOutput, DiffusionPipeline
from transformers import StoppingCriteria, StoppingCriteriaList

StepCallback = Callable[[Any, int, Any, dict[str, Any]], Any]


class MusicgenPipeline(DiffusionPipeline):  # type: ignore[misc]
    """``model`` is a MusicgenForConditionalGeneration, ``tokenizer`` that of its text encoder."""

    model_cpu_offload_seq = "model"

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
        """A sound for ``prompt``: an AudioPipelineOutput with an array (1, channels, frames), full scale 1.

        Each step makes the codes of ``640 / 32000`` s, in published models; there is nothing else to count, so that
        ``num_inference_steps`` means nothing. Raises what ``callback_on_step_end`` raises.
        """
        sounds = self.model.config.audio_encoder
        codebooks = self.model.config.decoder.num_codebooks
        frames = int(audio_length_in_s * sounds.frame_rate)
        # The books of codes lag one step behind each other.
        self.num_timesteps = max(frames, 1) + codebooks - 1
        device = self._execution_device
        inputs = self.tokenizer([prompt], padding=True, return_tensors="pt").to(device)
        told = StoppingCriteriaList([_Told(self, callback_on_step_end)] if callback_on_step_end else [])
        with _seeded(generator.initial_seed(), device):
            audio = self.model.generate(
                **inputs,
                do_sample=True,
                guidance_scale=guidance_scale,
                max_new_tokens=self.num_timesteps,
                stopping_criteria=told,
            )
        self.maybe_free_model_hooks()
        return AudioPipelineOutput(audios=audio.cpu().float().numpy())


class _Told(StoppingCriteria):  # type: ignore[misc]
    """Never stops by itself; tells each step."""

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
