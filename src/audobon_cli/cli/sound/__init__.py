"""Make sound effects from text, change and export sounds."""

GROUP = (
    "make",
    "play",
    "learn",
    "edit",
    "vary",
    "describe",
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
    "import-jsfxr",
    "export",
    "replace",
    "replay",
)
