"""How well a picture shows its words."""
