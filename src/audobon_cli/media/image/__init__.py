"""Images: pixels, PNG files with their recipe, formats, what files of others say."""
