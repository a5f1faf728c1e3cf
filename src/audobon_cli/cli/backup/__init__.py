"""Back up the library to a folder or to Google Cloud Storage."""
