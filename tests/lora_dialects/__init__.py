"""LoRA files as the trainers of the field write them, drawn, and compared with the arithmetic of their papers.

Each dialect writes a file for a tiny model and says, by formulas of its own, what that file makes of the weights.
``python -m tests.lora_dialects`` draws with the file and with the weights changed by hand, and writes docs/loras.md.
"""
