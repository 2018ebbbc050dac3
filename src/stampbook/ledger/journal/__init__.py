"""Every list and look-up over the journal, for whoever asks: dialects hold no SQL on its tables."""
