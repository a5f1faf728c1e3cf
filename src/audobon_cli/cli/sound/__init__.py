"""Make sound effects from text, change and export sounds."""

GROUP = (
    "make",
    "play",
    "edit",
    "vary",
    "trim",
    "fade",
    "normalize",
    "loop",
    "reverse",
    "mix",
    "split",
    "resample",
    "convert",
    "denoise",
    "export",
    "replace",
    "replay",
)
