"""What is done with a finished run: predicting, comparing, watching, labelling, documents that change."""
