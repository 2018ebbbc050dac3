"""Parts of the engine by themselves: what they ask the store for, how often, and what they save."""
