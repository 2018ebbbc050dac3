"""Orders: what was bought, how points paid for it, and how it is taken back."""
