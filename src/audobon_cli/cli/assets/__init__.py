"""Find, show and take out what the library keeps."""
