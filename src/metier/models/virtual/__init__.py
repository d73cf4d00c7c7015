"""Tokens that no tokenizer had: soft prompts, and words that are added to a model."""
