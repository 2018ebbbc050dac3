"""The engine: submissions in, outcomes out; between them batches that are saved whole."""
