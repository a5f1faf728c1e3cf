"""From words to what a pipeline takes.

``text_encoding.py`` stands in for a pipeline's ``encode_prompt`` and calls it: as it is for plain prompts, so
that their pixels are diffusers' own.

**Weights**, ``(word:1.3)``, ``(word)``, ``[word]`` as in AUTOMATIC1111's web UI: the embedding of each word
is moved along its difference from that of an empty prompt, e + w (x - e). ComfyUI does so, and compel for
weights over 1. compel itself does not serve: it splits prompts into fragments by the beginning-of-text token,
which BERT has not, so that the built-in model got its end mark between words. One path for all was simpler
than two. Where words cannot be found again in the embeddings (chat templates), weights are refused. A bracket
that is text is written with a backslash before it; one without a partner is text.

**Long prompts** are encoded whole where a UNet takes sequences of any length from CLIP: in parts cut between
words, joined. The built-in model is left out, as it never saw more in training. Elsewhere the event
``prompt_truncated`` names the words that are dropped; ``prompt_unknown`` those of which a tokenizer makes
nothing but its mark for the unknown.

**Embeddings are kept by content** in memory, up to 256 MiB a model. Not on disk: there they would save the
encoding alone, for the text encoder is loaded anyway, and whole repeats are found in the library.
"""
