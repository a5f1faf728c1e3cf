"""From picture to game art."""
