"""What a sound is about: features, the classifier that is built in, tags, pitch, tempo and onsets."""
