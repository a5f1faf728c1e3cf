"""Files from outside, decoded in the sandbox: what the media do, for bytes that strangers wrote.

`decoding` is called by whoever has such bytes, and gives what the medium itself would, or its error; `tasks` is the
child's side, and `answers` what goes between them. With ``import.sandbox = off`` all is done in this process.

What the library made itself (see Asset.is_from_outside) is decoded by its medium. A file that was imported stays a
stranger's: thumbnails, likeness and operations decode it here too.
"""
