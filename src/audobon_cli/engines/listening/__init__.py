"""What sounds and pictures are, by networks of transformers that were pulled: tags, labels, words and captions.

Which of the four a network gives follows from its class (``registry.py``). Sounds are decoded, mixed to one channel and
resampled here: the libraries would call ffmpeg, or torchaudio, for that.
"""
