"""What points buy, and what rules give besides: rewards, purchases, benefits, grants, codes."""
