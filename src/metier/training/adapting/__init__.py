"""What methods share: adapters, virtual tokens, starts, origins, combining, going back part of the way."""
