"""LoRAs, embeddings, ControlNets, IP-Adapters and refiners in a loaded pipeline."""
